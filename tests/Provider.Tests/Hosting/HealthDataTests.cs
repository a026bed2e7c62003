using System.Text.Json;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Hosting;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Stores;

namespace Provider.Tests.Hosting;

/// <summary>The data of the health check, one by one.</summary>
public sealed class HealthDataTests
{
    [Fact]
    public async Task A_writer_of_health_responses_prints_them_as_they_are()
    {
        var clock = new FakeClock();
        var server = new ScriptedServer
        {
            Answer = line =>
            {
                clock.Advance(TimeSpan.FromMicroseconds(1500));
                return line.StartsWith("version", StringComparison.Ordinal) ? "VERSION 1.6.99\r\n" : "MN\r\n";
            },
        };
        using var client = new TestClient(server, clock, TestClient.Limits(TimeSpan.FromHours(1)));

        var health = await CheckAsync((MemcachedClient)client.Verbs, clock);

        Assert.Equal(
            """{"backend":"Memcached","undeliveredRemovals":0,"foreignKeyRing":false,"servers":[{"server":"test","state":"Up","version":"1.6.99","roundTripMilliseconds":1.5,"fault":null,"message":null,"undeliveredRemovals":0}]}""",
            JsonSerializer.Serialize(health.Data, JsonSerializerOptions.Web));
        Assert.Equal("memcached 1.6.99", health.Description);
    }

    [Fact]
    public async Task A_server_that_is_told_first_what_was_removed_is_recovering()
    {
        var server = new ScriptedServer();
        using var cache = new OutageCache(server);
        cache.Way.Cut();
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await cache.Store.RemoveAsync("key"u8.ToArray()));
        await Eventually.TrueAsync(() => cache.Node.State == NodeState.Down);
        var down = await CheckAsync((MemcachedClient)cache.Client);
        Assert.Equal((HealthStatus.Unhealthy, MemcachedServerState.Down), (down.Status, ServerIn(down).State));

        cache.Way.Mend();
        await Eventually.TrueAsync(() =>
        {
            if (server.Links.LastOrDefault(static link => !link.IsDisposed && link.Sent.StartsWith("mg scopedcaching:health", StringComparison.Ordinal)) is { } probe)
            {
                probe.Say("EN O1\r\n");
            }

            return cache.Node.State == NodeState.Recovering;
        });

        var health = await CheckAsync((MemcachedClient)cache.Client);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Equal((MemcachedServerState.Recovering, 1), (ServerIn(health).State, ServerIn(health).UndeliveredRemovals));
        Assert.Contains("is back, and is first receiving the removals that it missed", health.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Null")]
    [InlineData("Distributed")]
    [InlineData("mine")]
    public async Task Another_backend_has_no_servers_and_tells_how_long_it_took(string backend)
    {
        using var application = On(backend, new DictionaryStore(), new VendorCache());

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Equal(["backend", "foreignKeyRing", "roundTripMilliseconds", "undeliveredRemovals"], health.Data.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.InRange(Assert.IsType<double>(health.Data["roundTripMilliseconds"]), 0, Eventually.Patience.TotalMilliseconds);
    }

    [Fact]
    public async Task A_store_of_ones_own_that_fails_or_cannot_be_reached_is_unhealthy_and_says_so()
    {
        var store = new DictionaryStore { Instead = static _ => ValueTask.FromException<StoredItem>(new IOException("the disk is full")) };
        using var application = On("mine", store);

        var failing = await HealthOfAsync(application);
        store.Instead = static _ => ValueTask.FromResult(StoredItem.Unreachable);
        var unreachable = await HealthOfAsync(application);
        store.Instead = static _ => null;

        Assert.Equal((HealthStatus.Unhealthy, "mine: the disk is full", nameof(IOException)), (failing.Status, failing.Description, failing.Data["fault"]));
        Assert.Equal((HealthStatus.Unhealthy, nameof(MemcachedConnectionException)), (unreachable.Status, unreachable.Data["fault"]));
        Assert.Equal(HealthStatus.Healthy, (await HealthOfAsync(application)).Status);
    }

    [Fact]
    public async Task A_store_of_ones_own_that_hangs_is_not_waited_for()
    {
        var hangs = new TaskCompletionSource<StoredItem>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var application = On("mine", new DictionaryStore { Instead = _ => new ValueTask<StoredItem>(hangs.Task) }, configure: static options => options.Timeout = TimeSpan.FromMilliseconds(50));

        var health = await HealthOfAsync(application);

        Assert.Equal((HealthStatus.Unhealthy, nameof(MemcachedTimeoutException)), (health.Status, health.Data["fault"]));
        Assert.Equal("The backend 'mine' did not answer in time.", health.Description);
        hangs.SetResult(default);
    }

    [Fact]
    public async Task Removals_that_another_vendors_cache_has_not_got_yet_are_counted()
    {
        var vendor = new VendorCache { Failing = "all" };
        using var application = On("Distributed", vendor: vendor);
        await application.Sealed.RemoveAsync(Sealing.Addresses.Scope().Entry("account:1"));

        Assert.Equal(1, (await HealthOfAsync(application)).Data["undeliveredRemovals"]);
        vendor.Failing = null;

        var health = await HealthOfAsync(application);
        Assert.Equal((HealthStatus.Healthy, 0), (health.Status, health.Data["undeliveredRemovals"]));
    }

    private static Application On(string backend, ICacheStore? store = null, IDistributedCache? vendor = null, Action<MemcachedOptions>? configure = null) =>
        new(new(StringComparer.OrdinalIgnoreCase) { ["Cache:Backend"] = backend }, configure, before: services =>
        {
            if (store is not null)
            {
                services.AddKeyedSingleton("mine", store);
            }

            if (vendor is not null)
            {
                services.AddKeyedSingleton(CacheBackends.DistributedCacheKey, vendor);
            }
        });

    private static MemcachedServerHealth ServerIn(HealthCheckResult health) => Assert.Single(Assert.IsType<MemcachedServerHealth[]>(health.Data["servers"]));

    private static async Task<HealthReportEntry> HealthOfAsync(Application application) =>
        (await application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().InTime()).Entries["memcached"];

    private static Task<HealthCheckResult> CheckAsync(MemcachedClient client, TimeProvider? clock = null)
    {
        var backend = new BackendHealth(
            static () => "Memcached", client, new NullStore(), new RemovalJournals(NullLogger.Instance), static () => false, static () => new MemcachedOptions(), clock ?? TimeProvider.System);
        var check = new MemcachedHealthCheck(backend);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("memcached", check, failureStatus: null, tags: null) }, CancellationToken.None).InTime();
    }
}
