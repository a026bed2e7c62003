using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Telemetry;

public sealed class RequestMetricsTests : IDisposable
{
    private const string Duration = "db.client.operation.duration";

    // Its time stands still, so every duration is 0.
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;

    public RequestMetricsTests() => _server = new EmbeddedMemcached(timeProvider: _clock);

    [Fact]
    public async Task Every_request_is_measured_once_by_its_name_and_server()
    {
        using var process = Process(MemcachedEndpoint.Of(_server, "cache-1"));
        using var measured = new RecordedMeasurements(process.Services.GetRequiredService<IMeterFactory>(), Duration);
        var (client, value) = (process.Client, Encoding.UTF8.GetBytes("7"));

        await client.SetAsync("secret", value);
        await client.AddAsync("secret", value);
        await client.ReplaceAsync("secret", value);
        await client.AppendAsync("secret", value);
        await client.PrependAsync("secret", value);
        var item = await client.GetAsync("secret");
        await client.CompareAndSwapAsync("secret", value, item.Cas);
        await client.GetAndTouchAsync("secret", TimeSpan.FromMinutes(1));
        await client.TouchAsync("secret", TimeSpan.FromMinutes(1));
        await client.IncrementAsync("secret");
        await client.DecrementAsync("secret");
        await client.DeleteAsync("secret");
        await client.StatsAsync();
        await client.VersionAsync();
        await client.FlushAllAsync();
        await client.RawAsync("mn");

        string[] names = ["set", "add", "replace", "append", "prepend", "get", "cas", "gat", "touch", "incr", "decr", "delete", "stats", "version", "flush_all", "raw"];
        Assert.Equal(names.Select(static name => $"{Duration} 0 db.system.name=memcached db.operation.name={name} server.address=cache-1"), measured.Take(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_entry_that_is_created_is_a_lease_and_a_write_and_each_id_it_depends_on_a_read()
    {
        using var process = Process(MemcachedEndpoint.Of(_server, "cache-1"));
        using var measured = new RecordedMeasurements(process.Services.GetRequiredService<IMeterFactory>(), Duration);

        var found = await process.Fresh.ReadOrLeaseAsync<string>(Addresses.Scope().Entry("secret"), new EntryRead(), TimeSpan.FromSeconds(5));
        await found.Lease!.StoreAsync("value", new EntryWrite(), found.Generations!);

        var names = measured.Take().Select(static line => line.Split(' ')[3].Split('=')[1]);
        Assert.Equal(["add", "cas", "get", "lease"], names.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_duration_lasts_from_the_call_to_the_reply_in_seconds()
    {
        var server = new ScriptedServer();
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        using var measured = new RecordedMeasurements(meters, Duration);
        using var client = new TestClient(server, _clock, meters: meters);

        var get = client.Verbs.GetAsync("secret");
        var link = await server.LinkAsync();
        await link.SentAsync("mg secret");
        _clock.Advance(TimeSpan.FromMilliseconds(1500));
        link.Say("EN O1\r\n");
        await get.InTime();

        Assert.Equal([$"{Duration} 1.5 db.system.name=memcached db.operation.name=get server.address=test"], measured.Take());
    }

    [Fact]
    public async Task What_was_under_way_when_somebody_began_to_listen_is_not_measured()
    {
        var server = new ScriptedServer { Answer = static line => line.StartsWith("ms", StringComparison.Ordinal) ? "HD O1\r\n" : "" };
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var client = new TestClient(server, _clock, meters: meters);
        using (var measured = new RecordedMeasurements(meters, Duration))
        {
            await client.Verbs.SetAsync("secret", new byte[1]).InTime();
            Assert.Single(measured.Take());
        }

        var get = client.Verbs.GetAsync("secret");
        using var late = new RecordedMeasurements(meters, Duration);
        (await server.LinkAsync()).Say("EN O2\r\n");
        await get.InTime();

        Assert.Empty(late.Take());
    }

    [Fact]
    public async Task What_fails_bears_the_type_of_its_error_and_a_port_that_is_not_memcacheds_own()
    {
        var server = new ScriptedServer();
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        using var measured = new RecordedMeasurements(meters, Duration);
        using var client = new TestClient(server, _clock, meters: meters, endpoint: MemcachedEndpoint.Tcp("cache-1", 11311));
        using var cancelling = new CancellationTokenSource();

        var cancelled = client.Verbs.GetAsync("secret", cancelling.Token);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.InTime());
        var broken = client.Verbs.IncrementAsync("secret");
        (await server.LinkAsync()).Say("nonsense\r\n");
        await Assert.ThrowsAsync<MemcachedProtocolException>(() => broken.InTime());

        Assert.Equal(
            [
                $"{Duration} 0 db.system.name=memcached db.operation.name=get server.address=cache-1 server.port=11311 error.type=System.OperationCanceledException",
                $"{Duration} 0 db.system.name=memcached db.operation.name=incr server.address=cache-1 server.port=11311 error.type=ScopedCaching.Memcached.MemcachedProtocolException",
            ],
            measured.Take());
    }

    [Fact]
    public async Task A_call_over_many_keys_is_measured_by_its_requests_to_each_server()
    {
        using var second = new EmbeddedMemcached(timeProvider: _clock);
        using var process = Process(MemcachedEndpoint.Of(_server, "cache-1"), MemcachedEndpoint.Of(second, "cache-2"));
        using var measured = new RecordedMeasurements(process.Services.GetRequiredService<IMeterFactory>(), Duration);

        await process.Client.GetManyAsync([.. Enumerable.Range(0, 100).Select(static i => $"secret:{i}")]);

        var lines = measured.Take();
        Assert.Equal(100, lines.Length);
        Assert.Equal(2, lines.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void The_boundaries_are_those_that_the_conventions_advise()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var duration = new ScopedCaching.Memcached.Telemetry.RequestMetrics(services.GetRequiredService<IMeterFactory>(), _clock).Duration;

        Assert.Equal([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10], duration.Advice!.HistogramBucketBoundaries!);
        Assert.Equal((MemcachedTelemetry.MeterName, "s"), (duration.Meter.Name, duration.Unit));
    }

    public void Dispose() => _server.Dispose();

    private CacheProcess Process(params MemcachedEndpoint[] servers) => CacheProcess.On(servers, _clock);
}
