using Provider.Tests.Doubles;
using Provider.Tests.Hosting;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;

namespace Provider.Tests.Connections;

public sealed class ItemLimitTests
{
    // What memcached adds to key and value.
    private const int Overhead = 63;

    private readonly ItemLimit _limit = new();

    [Fact]
    public void Until_a_server_tells_memcacheds_own_default_counts()
    {
        Assert.Equal(1 << 20, _limit.Within(configured: null));
        Assert.Equal(5000, _limit.Within(5000));
        Assert.Equal(1 << 20, _limit.Within(8 << 20));
    }

    [Fact]
    public void The_least_of_what_servers_told_and_what_is_configured_counts()
    {
        _limit.Learn("a", 8 << 20);
        Assert.Equal(8 << 20, _limit.Within(configured: null));
        _limit.Learn("b", 2 << 20);
        Assert.Equal(2 << 20, _limit.Within(configured: null));
        Assert.Equal(5000, _limit.Within(5000));
        _limit.Learn("c", limit: null);
        Assert.Equal(1 << 20, _limit.Within(configured: null));
    }

    [Fact]
    public void What_a_server_told_last_counts_and_nothing_of_one_that_is_gone()
    {
        _limit.Learn("a", 8 << 20);
        _limit.Learn("b", 1 << 10);
        _limit.Learn("b", 4 << 20);
        Assert.Equal(4 << 20, _limit.Within(configured: null));

        _limit.Keep(["a"]);
        Assert.Equal(8 << 20, _limit.Within(configured: null));
        _limit.Keep([]);
        Assert.Equal(1 << 20, _limit.Within(configured: null));
    }

    [Theory]
    [InlineData("4m", 4 << 20)]
    [InlineData("512k", 512 << 10)]
    public async Task What_a_real_server_takes_is_learned_and_one_byte_more_is_refused_with_both_sizes(string started, int limit)
    {
        await using var server = await RealMemcachedServer.StartAsync("-I", started, "-m", "256");
        using var application = Application(server);
        await application.Client.VersionAsync(cancellationToken: TestContext.Current.CancellationToken);
        var largest = limit - Overhead - "key".Length;

        Assert.True(await application.Client.SetAsync("key", new byte[largest], flags: 1));
        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => application.Client.SetAsync("key", new byte[largest + 1], flags: 1).InTime());

        Assert.Equal((limit + 1, limit), (fault.Size, fault.Limit));
        Assert.Equal(largest, (await application.Client.GetAsync("key")).Value!.Length);
    }

    [Fact]
    public async Task A_configured_limit_below_the_servers_counts_and_one_above_does_not()
    {
        await using var server = await RealMemcachedServer.StartAsync("-I", "2m");
        using var below = Application(server, ("Cache:ItemSizeLimit", "10000"));
        using var above = Application(server, ("Cache:ItemSizeLimit", "100000000"));
        await below.Client.VersionAsync(cancellationToken: TestContext.Current.CancellationToken);
        await above.Client.VersionAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(10_000, (await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => below.Client.SetAsync("key", new byte[20_000]).InTime())).Limit);
        Assert.Equal(2 << 20, (await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => above.Client.SetAsync("key", new byte[3_000_000]).InTime())).Limit);
    }

    [Fact]
    public async Task The_caches_refuse_by_the_learned_limit_too()
    {
        using var server = new EmbeddedMemcached(new EmbeddedMemcachedOptions { ItemSizeLimit = 4096 });
        using var application = new Application([], options => (options.Embedded, options.Compress) = (server, false));
        var address = Addresses.Scope().Entry("large");
        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(address, new byte[1000], new EntryWrite()));

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => application.Sealed.WriteAsync(address, new byte[5000], new EntryWrite()).InTime());

        Assert.InRange(fault.Limit, 3000, 4096);
        Assert.InRange(fault.Size, 5000, 6000);
    }

    [Fact]
    public async Task Another_servers_limit_counts_when_it_takes_over_and_the_former_ones_no_longer()
    {
        await using var large = await RealMemcachedServer.StartAsync("-I", "4m");
        await using var small = await RealMemcachedServer.StartAsync("-I", "2m");
        using var application = Application(large);
        foreach (var (server, takes) in new[] { (large, true), (small, false), (large, true) })
        {
            application.Change(("Cache:Servers", $"127.0.0.1:{server.Port}"));
            await application.Client.VersionAsync(cancellationToken: TestContext.Current.CancellationToken);

            var stored = application.Client.SetAsync("key", new byte[3_000_000]).InTime();
            if (takes)
            {
                Assert.True(await stored);
            }
            else
            {
                Assert.Equal(2 << 20, (await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => stored)).Limit);
            }
        }
    }

    private static Application Application(RealMemcachedServer server, params (string Key, string? Value)[] more) =>
        new(new(more.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)), StringComparer.OrdinalIgnoreCase)
        {
            ["Cache:Servers"] = $"127.0.0.1:{server.Port}",
            ["Cache:Timeout"] = "20",
        });
}
