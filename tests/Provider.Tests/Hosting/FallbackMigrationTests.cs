using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>The move from one memcached to another, as an application makes it: encrypted entries, tags, clears, and either of the two failing.</summary>
public sealed class FallbackMigrationTests : IAsyncLifetime
{
    private readonly MemoryKeyRing _keys = new();
    private RealMemcachedServer _oldServer = null!;
    private RealMemcachedServer _newServer = null!;
    private CacheProcess _before = null!;
    private CacheProcess _after = null!;

    private EntryScope Scope { get; } = Addresses.UniqueScope();

    private IFreshStore Before => _before.Fresh;

    private IFreshStore After => _after.Fresh;

    public async ValueTask InitializeAsync()
    {
        _oldServer = await RealMemcachedServer.StartAsync("-m", "256");
        _newServer = await RealMemcachedServer.StartAsync("-m", "256");
        _before = CacheProcess.On(_oldServer, _keys, Chunking);
        _after = StartAfter();
    }

    public async ValueTask DisposeAsync()
    {
        _before.Dispose();
        _after.Dispose();
        await _oldServer.DisposeAsync();
        await _newServer.DisposeAsync();
    }

    [Fact]
    public async Task Everything_that_was_cached_is_a_hit_and_stays_one_without_the_old_server()
    {
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        EntryAddress[] many = [.. Enumerable.Range(0, 300).Select(i => Scope.Entry($"many:{i}"))];
        await Before.WriteManyAsync([.. many.Select(address => KeyValuePair.Create(address, address.Key))], FreshWords.Tagged("users"));
        await Before.WriteAsync(Scope.Entry("large"), large, Addresses.For(TimeSpan.FromMinutes(5)));
        await Before.WriteAsync(Scope.Entry("leased"), "leased", Addresses.Sliding(TimeSpan.FromMinutes(1)));
        await _before.Distributed.SetAsync("session", [1, 2, 3], new DistributedCacheEntryOptions(), TestContext.Current.CancellationToken);
        await _before.Sealed.AddToCounterAsync(Scope.Entry("counter"), 41);

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(many.Select(address => address.Key), (await After.ReadManyAsync<string>(many)).Select(entry => entry.Value), StringComparer.Ordinal);
            Assert.Equal(large, (await After.ReadAsync<byte[]>(Scope.Entry("large"))).Value);
            var leased = await After.ComeAsync(Scope.Entry("leased"));
            Assert.Equal(("leased", null), (leased.Value, leased.Lease));
            Assert.Equal([1, 2, 3], await _after.Distributed.GetAsync("session", TestContext.Current.CancellationToken));
            Assert.Equal(42ul + (ulong)round, await _after.Sealed.AddToCounterAsync(Scope.Entry("counter"), 1));
            _oldServer.Kill();
        }

        Assert.InRange(_after.Counts["scopedcaching.fallback.taken_over"], 300, 400);
    }

    [Fact]
    public async Task A_clear_during_the_move_reaches_what_is_on_either_server_and_is_not_undone_by_a_loss()
    {
        await Before.SetAsync(Scope.Entry("moved"), "moved", "t");
        await Before.SetAsync(Scope.Entry("unmoved"), "unmoved", "t");
        Assert.Equal("moved", await After.SeeAsync(Scope.Entry("moved")));

        Assert.True(await After.RemoveByTagsAsync(Scope, EntryTags.Of("t")));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("moved")));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("unmoved")));

        await Before.SetAsync(Scope.Entry("later"), "later");
        Assert.Equal("later", await After.SeeAsync(Scope.Entry("later")));
        Assert.True(await After.ClearAsync(Scope));
        await _newServer.RestartAsync();
        await ReachedAsync();

        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("moved")));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("unmoved")));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("later")));
    }

    [Fact]
    public async Task A_new_server_that_restarts_empty_is_filled_again_with_what_was_not_changed_since()
    {
        foreach (var name in (string[])["kept", "changed", "removed"])
        {
            await Before.SetAsync(Scope.Entry(name), name);
            Assert.Equal(name, await After.SeeAsync(Scope.Entry(name)));
        }

        await After.SetAsync(Scope.Entry("changed"), "newer");
        Assert.Equal(RemoveOutcome.Removed, await After.RemoveAsync(Scope.Entry("removed")));
        await _newServer.RestartAsync();
        await ReachedAsync();

        Assert.Equal("kept", await After.SeeAsync(Scope.Entry("kept")));
        Assert.Equal("Miss", await After.SeeAsync(Scope.Entry("changed")));
        Assert.Equal("Miss", await After.SeeAsync(Scope.Entry("removed")));
    }

    [Fact]
    public async Task Without_the_old_server_the_new_one_serves_as_ever()
    {
        await Before.SetAsync(Scope.Entry("lost"), "lost");
        _oldServer.Kill();

        Assert.Equal("Miss", await After.SeeAsync(Scope.Entry("lost")));
        await After.SetAsync(Scope.Entry("a"), "a", "t");
        Assert.Equal("a", await After.SeeAsync(Scope.Entry("a")));
        var made = await After.ComeAsync(Scope.Entry("b"));
        await using (made.Lease!)
        {
            Assert.Equal(WriteOutcome.Stored, await made.Lease!.StoreAsync("b", new EntryWrite(), made.Generations!));
        }

        // Told, because the old server may come back; and once.
        Assert.False(await After.ClearAsync(Scope));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("a")));
        Assert.Equal("Outdated", await After.SeeAsync(Scope.Entry("b")));
        await After.SetAsync(Scope.Entry("a"), "again");
        Assert.Equal("again", await After.SeeAsync(Scope.Entry("a")));
    }

    [Fact]
    public async Task What_was_removed_while_the_old_server_hung_does_not_come_back_with_it()
    {
        await Before.SetAsync(Scope.Entry("removed"), "removed");
        await Before.SetAsync(Scope.Entry("cleared"), "cleared", "t");
        await Before.SetAsync(Scope.Entry("kept"), "kept");
        Assert.Equal("cleared", await After.SeeAsync(Scope.Entry("cleared")));
        using var process = StartAfter(timeout: 0.3);
        var hasty = process.Fresh;
        _oldServer.Pause();

        Assert.Equal(RemoveOutcome.Undelivered, await hasty.RemoveAsync(Scope.Entry("removed")));
        Assert.False(await hasty.RemoveByTagsAsync(Scope, EntryTags.Of("t")));
        Assert.Equal("Miss", await hasty.SeeAsync(Scope.Entry("removed")));
        Assert.Equal("Outdated", await hasty.SeeAsync(Scope.Entry("cleared")));
        for (var i = 0; i < 50; i++)
        {
            await hasty.SeeAsync(Scope.Entry($"never there {i}"));
        }

        // Those reads did not each wait for it.
        Assert.InRange(process.Counts["scopedcaching.faults"], 1, 30);

        _oldServer.Resume();
        await Eventually.TrueAsync(async () => string.Equals(await hasty.SeeAsync(Scope.Entry("kept")), "kept", StringComparison.Ordinal));
        await _newServer.RestartAsync();
        await Eventually.TrueAsync(async () => string.Equals(await hasty.SeeAsync(Scope.Entry("kept")), "kept", StringComparison.Ordinal));
        Assert.NotEqual("removed", await hasty.SeeAsync(Scope.Entry("removed")), StringComparer.Ordinal);
        Assert.NotEqual("cleared", await hasty.SeeAsync(Scope.Entry("cleared")), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Processes_that_move_at_once_find_every_value_and_only_its_own()
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 200).Select(i => Scope.Entry($"at once:{i}"))];
        await Before.WriteManyAsync([.. addresses.Select(address => KeyValuePair.Create(address, address.Key))], new EntryWrite());
        using var second = StartAfter();

        var reads = ((CacheProcess[])[_after, second, _after, second]).Select(process => Task.Run(async () =>
        {
            foreach (var address in addresses)
            {
                var seen = await process.Fresh.SeeAsync(address);
                Assert.True(string.Equals(seen, address.Key, StringComparison.Ordinal) || seen is "Miss" or "Outdated", seen);
            }
        }));
        await Task.WhenAll(reads);

        Assert.Equal(addresses.Select(address => address.Key), (await After.ReadManyAsync<string>(addresses)).Select(entry => entry.Value), StringComparer.Ordinal);
    }

    private static void Chunking(MemcachedOptions options) => options.LargeValues = LargeValues.Chunk;

    /// <summary>As patient as no healthy server needs, however busy the machine is, unless the test says otherwise.</summary>
    private CacheProcess StartAfter(double timeout = 10) => CacheProcess.On(_newServer, _keys, options =>
    {
        Chunking(options);
        options.Fallback.Servers = [MemcachedEndpoint.Tcp(_oldServer.Host, _oldServer.Port)];
        options.Fallback.Timeout = TimeSpan.FromSeconds(timeout);
    });

    private Task ReachedAsync() =>
        Eventually.TrueAsync(async () => (await _after.Sealed.ReadAsync<int>(Scope.Entry("nothing"))).Outcome == ReadOutcome.Miss);
}
