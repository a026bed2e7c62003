using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Freshness;

/// <summary>One of three servers is down: what stands there is not missing, nobody could be asked for it. What stands elsewhere is read as ever.</summary>
public sealed class OneOfSeveralDownTests : IDisposable
{
    private static readonly string s_large = new('x', 3 << 20);

    private readonly EmbeddedServers _servers = new();
    private readonly DisturbedCache _cache;
    private readonly EntryScope _scope = Addresses.UniqueScope();

    public OneOfSeveralDownTests() => _cache = new DisturbedCache(
        _servers, TimeProvider.System, static options => (options.LargeValues, options.Compress) = (LargeValues.Chunk, false));

    public void Dispose()
    {
        _cache.Dispose();
        _servers.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chunk_that_nobody_can_be_asked_for_is_not_missing(bool isKnownToBeDown)
    {
        var (there, elsewhere) = (await WriteApartAsync(s_large), await WriteApartAsync(s_large, elsewhere: true));
        var index = IndexOf(there);

        // Between the manifest and its chunks.
        foreach (var read in (Func<Task<ReadOutcome>>[])
            [
                async () => (await _cache.Sealed.ReadAsync<string>(there)).Outcome,
                async () => await _cache.Sealed.ReadAsync(there, new System.Buffers.ArrayBufferWriter<byte>()),
                async () => (await _cache.Fresh.ReadAsync<string>(there)).Outcome,
                async () => (await _cache.Fresh.ComeAsync(there)).Outcome,
            ])
        {
            await StartAsync(index);
            _cache.Store.Once("many", key: null, () => StopAsync(index, isKnownToBeDown));
            Assert.Equal(ReadOutcome.Unavailable, await read());
            Assert.Null(_cache.Store.Before);
        }

        Assert.Equal(s_large, (await _cache.Sealed.ReadAsync<string>(elsewhere)).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_many_that_are_read_together_those_of_other_servers_are_found(bool withGenerations)
    {
        var (there, elsewhere) = (await WriteApartAsync(s_large), await WriteApartAsync(s_large, elsewhere: true));
        var batches = 0;
        _cache.Store.Before = async (verb, _) =>
        {
            // The first is that of the manifests.
            if (verb is "many" && ++batches == 2)
            {
                await StopAsync(IndexOf(there), isKnownToBeDown: true);
            }
        };

        ReadOutcome[] outcomes = withGenerations
            ? [.. (await _cache.Fresh.ReadManyAsync<string>([there, elsewhere])).Select(static entry => entry.Outcome)]
            : [.. (await _cache.Sealed.ReadManyAsync<string>([there, elsewhere])).Select(static entry => entry.Outcome)];

        Assert.Equal([ReadOutcome.Unavailable, ReadOutcome.Hit], outcomes);
    }

    [Fact]
    public async Task Nor_are_they_where_only_their_presence_counts_as_for_another_life()
    {
        var there = await WriteApartAsync(s_large);
        var index = IndexOf(there);
        var looks = 0;
        using var turns = new SemaphoreSlim(1);
        _cache.Store.Before = async (verb, key) =>
        {
            if (verb is "look" && key.Contains("~k", StringComparison.Ordinal))
            {
                // None is sent before the server is down.
                await turns.WaitAsync();
                if (looks++ == 0)
                {
                    await StopAsync(index, isKnownToBeDown: true);
                }

                turns.Release();
            }
        };

        Assert.Equal(WriteOutcome.Unavailable, await _cache.Sealed.TouchAsync(there, new EntryLife(TimeSpan.FromMinutes(9))));
        Assert.Equal(7, looks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entry_whose_server_is_down_is_revalidated_neither_as_missing_nor_as_outdated(bool isKnownToBeDown)
    {
        var (there, elsewhere) = (await WriteApartAsync("small"), await WriteApartAsync("small", elsewhere: true));
        var (stamp, other) = (await StampAsync(there), await StampAsync(elsewhere));
        Assert.Equal(ReadOutcome.Hit, await _cache.Fresh.RevalidateAsync(there, stamp));

        await StopAsync(IndexOf(there), isKnownToBeDown);

        Assert.Equal(ReadOutcome.Unavailable, await _cache.Fresh.RevalidateAsync(there, stamp));
        Assert.Equal(ReadOutcome.Hit, await _cache.Fresh.RevalidateAsync(elsewhere, other));
        _cache.Options.OnFailure = OnFailure.Throw;
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _cache.Fresh.RevalidateAsync(there, stamp));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entry_whose_generation_cannot_be_asked_for_is_not_revalidated_as_outdated(bool isKnownToBeDown)
    {
        var there = await WriteApartAsync("small");
        var stamp = await StampAsync(there);

        await StopAsync(IndexOf(_scope.GenerationKey()), isKnownToBeDown);

        Assert.Equal(ReadOutcome.Unavailable, await _cache.Fresh.RevalidateAsync(there, stamp));
    }

    [Fact]
    public async Task Nor_are_they_on_a_store_that_cannot_touch()
    {
        var store = new DictionaryStore();
        using var process = new CacheProcess(static options => (options.LargeValues, options.Compress, options.Backend) = (LargeValues.Chunk, false, "mine"), add: services => services.AddKeyedSingleton<ICacheStore>("mine", store));
        var address = _scope.Entry("statement:1");
        await process.Sealed.WriteAsync(address, s_large, new EntryWrite());

        store.Instead = static key => key.Contains("~k", StringComparison.Ordinal) ? ValueTask.FromResult(StoredItem.Unreachable) : null;

        Assert.Equal(WriteOutcome.Unavailable, await process.Sealed.TouchAsync(address, new EntryLife(TimeSpan.FromMinutes(9))));
        Assert.Equal(ReadOutcome.Unavailable, (await process.Sealed.ReadAsync<string>(address)).Outcome);
    }

    /// <summary>An entry that stands on another server than its scope's generation; <paramref name="elsewhere"/>: nor on the one of the first such.</summary>
    private async Task<EntryAddress> WriteApartAsync(string value, bool elsewhere = false)
    {
        var generation = IndexOf(_scope.GenerationKey());
        var first = Entries().First(address => IndexOf(address) != generation);
        var address = !elsewhere ? first : Entries().First(address => IndexOf(address) != IndexOf(first));
        Assert.Equal(WriteOutcome.Stored, await _cache.Fresh.WriteAsync(address, value, Addresses.For(TimeSpan.FromMinutes(5))));
        return address;
    }

    private IEnumerable<EntryAddress> Entries() => Enumerable.Range(0, 1000).Select(number => _scope.Entry($"statement:{number}"));

    private async Task<EntryStamp> StampAsync(EntryAddress address) => (await _cache.Fresh.ReadAsync<string>(address)).Stamp(TimeProvider.System);

    private int IndexOf(EntryAddress address) => IndexOf(address.Wire());

    private int IndexOf(byte[] key) => _servers.IndexOf(_cache.Client.ServerOf(key));

    private async Task StopAsync(int index, bool isKnownToBeDown)
    {
        _servers.Stop(index);
        while (isKnownToBeDown && !_cache.Servers.Nodes[index].IsDown)
        {
            await Assert.ThrowsAnyAsync<MemcachedException>(async () => await _cache.Client.VersionAsync(_cache.Servers.Nodes[index].Name));
        }
    }

    private async Task StartAsync(int index)
    {
        _servers.Restart(index);
        await Eventually.TrueAsync(() => !_cache.Servers.Nodes[index].IsDown);
    }
}
