using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Freshness;

/// <summary>What is removed, cleared or overwritten while a real server cannot be reached stays gone when it is back with its old data.</summary>
public sealed class OutageRemovalTests : IAsyncLifetime
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(300);

    private readonly EntryScope _scope = Addresses.UniqueScope();
    private RealMemcachedServer _server = null!;
    private OutageCache _cache = null!;

    private IFreshStore Fresh => _cache.Fresh;

    private EntryAddress Address => _scope.Entry("key");

    public async ValueTask InitializeAsync()
    {
        _server = await RealMemcachedServer.StartAsync();
        _cache = new OutageCache(
            new SocketTransport(_server.Host, _server.Port, s_timeout), TestClient.Limits(s_timeout) with { ConnectTimeout = Eventually.Patience, Connections = 2 });
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stopped")]
    public async Task A_removal(string outage)
    {
        await Fresh.SetAsync(Address, "old");
        await Fresh.SetAsync(_scope.Entry("other"), "other");
        Begin(outage);
        Assert.Equal(RemoveOutcome.Undelivered, await Fresh.RemoveAsync(Address));
        End(outage);

        Assert.Equal("Miss", await FirstSeenAsync());
        Assert.Equal("other", await Fresh.SeeAsync(_scope.Entry("other")));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stopped")]
    public async Task A_clear(string outage)
    {
        await Fresh.SetAsync(Address, "old");
        Begin(outage);
        Assert.False(await Fresh.ClearAsync(_scope));
        End(outage);

        Assert.Equal("Outdated", await FirstSeenAsync());
        await Fresh.SetAsync(Address, "new");
        Assert.Equal("new", await Fresh.SeeAsync(Address));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stopped")]
    public async Task A_removal_by_tag(string outage)
    {
        await Fresh.SetAsync(Address, "old", "t");
        await Fresh.SetAsync(_scope.Entry("other"), "other", "u");
        Begin(outage);
        Assert.False(await Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("t")));
        End(outage);

        Assert.Equal("Outdated", await FirstSeenAsync("t"));
        Assert.Equal("other", await Fresh.SeeAsync(_scope.Entry("other"), "u"));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stopped")]
    public async Task A_write_of_another_value(string outage)
    {
        await _cache.Sealed.WriteAsync(Address, "old", new EntryWrite());
        Begin(outage);
        for (var i = 0; i < 5; i++)
        {
            // The first are sent and not answered, the others are not sent.
            Assert.Equal(WriteOutcome.Unavailable, await _cache.Sealed.WriteAsync(Address, "new", new EntryWrite()));
        }

        End(outage);

        await Eventually.TrueAsync(() => !_cache.Node.IsDown);
        var entry = await _cache.Sealed.ReadAsync<string>(Address);
        Assert.NotEqual("old", entry.Value, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stopped")]
    public async Task Removals_of_very_many(string outage)
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 5_000).Select(i => _scope.Entry("many" + i))];
        foreach (var some in addresses.Chunk(500))
        {
            await Fresh.WriteManyAsync([.. some.Select(static address => KeyValuePair.Create(address, "old"))], new EntryWrite());
        }

        Begin(outage);
        foreach (var some in addresses.Chunk(500))
        {
            Assert.All(await _cache.Sealed.RemoveManyAsync(some), static outcome => Assert.Equal(RemoveOutcome.Undelivered, outcome));
        }

        End(outage);

        await Eventually.TrueAsync(() => !_cache.Node.IsDown);
        foreach (var some in addresses.Chunk(500))
        {
            Assert.DoesNotContain(await Fresh.ReadManyAsync<string>(some), static entry => entry.Found);
        }
    }

    [Fact]
    public async Task Another_process_does_not_read_it_either_without_anybody_asking_for_it()
    {
        await _cache.Client.SetAsync("raw", "old"u8.ToArray());
        Begin("cut");
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await _cache.Store.RemoveAsync("raw"u8.ToArray()));
        End("cut");

        using var other = new TestClient(new SocketTransport(_server.Host, _server.Port, Eventually.Patience));
        await Eventually.TrueAsync(async () => !(await other.Verbs.GetAsync("raw")).Found);
    }

    private void Begin(string outage)
    {
        if (string.Equals(outage, "cut", StringComparison.Ordinal))
        {
            _cache.Way.Cut();
        }
        else
        {
            _server.Pause();
        }
    }

    private void End(string outage)
    {
        if (string.Equals(outage, "cut", StringComparison.Ordinal))
        {
            _cache.Way.Mend();
        }
        else
        {
            _server.Resume();
        }
    }

    /// <summary>The first that is seen once the server answers.</summary>
    private async Task<string> FirstSeenAsync(params string[] tags)
    {
        var seen = "";
        await Eventually.TrueAsync(async () => !string.Equals(seen = await Fresh.SeeAsync(Address, tags), "Unavailable", StringComparison.Ordinal));
        return seen;
    }
}
