using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Telemetry;

public sealed class ServerMetricsTests
{
    [Fact]
    public async Task Servers_are_told_by_their_state_and_connections()
    {
        using var first = new EmbeddedMemcached();
        using var second = new EmbeddedMemcached();
        using var process = CacheProcess.On(
            [MemcachedEndpoint.Of(first, "cache-1"), MemcachedEndpoint.Of(second, "cache-2")], configure: static options => options.ConnectionsPerServer = 1);
        using var observed = new RecordedMeasurements(process.Services.GetRequiredService<IMeterFactory>(), "scopedcaching.server.status", "scopedcaching.server.connections");

        await process.Client.VersionAsync(server: "cache-1");

        Assert.Equal(
            [
                "scopedcaching.server.status 1 server.address=cache-1 scopedcaching.state=up",
                "scopedcaching.server.status 0 server.address=cache-1 scopedcaching.state=down",
                "scopedcaching.server.status 0 server.address=cache-1 scopedcaching.state=recovering",
                "scopedcaching.server.status 1 server.address=cache-2 scopedcaching.state=up",
                "scopedcaching.server.status 0 server.address=cache-2 scopedcaching.state=down",
                "scopedcaching.server.status 0 server.address=cache-2 scopedcaching.state=recovering",
                "scopedcaching.server.connections 1 server.address=cache-1",
                "scopedcaching.server.connections 0 server.address=cache-2",
            ],
            observed.Observe());
    }

    [Fact]
    public async Task Of_caches_that_share_a_server_each_figure_says_whose_it_is()
    {
        using var server = new EmbeddedMemcached();
        using var process = new CacheProcess(options => options.Embedded = server, add: services => services.AddKeyedMemcachedCache("reports", options => options.Embedded = server));
        _ = process.Client;
        var reports = process.Services.GetRequiredKeyedService<ISealedStore>("reports");
        using var measured = new RecordedMeasurements(process.Services.GetRequiredService<IMeterFactory>());

        await reports.WriteAsync(Addresses.Scope().Entry("secret"), "value", new EntryWrite());
        await reports.ReadAsync<string>(Addresses.Scope().Entry("secret"));
        await reports.ReadAsync<int>(Addresses.Scope().Entry("secret"));

        var lines = measured.Take();
        Assert.Equal(
            ["db.client.operation.duration", "scopedcaching.data_key.created", "scopedcaching.envelope.unreadable", "scopedcaching.reads"],
            lines.Select(static line => line.Split(' ')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.All(lines, static line => Assert.Contains(" scopedcaching.cache=reports", line, StringComparison.Ordinal));
        var observed = measured.Observe();
        Assert.Equal(10, observed.Length);
        Assert.Equal(observed.Length, observed.Select(static line => line.Split(' ') is [var name, _, .. var tags] ? string.Join(' ', [name, .. tags]) : line).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(5, observed.Count(static line => line.Contains(" scopedcaching.cache=reports", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_is_away_is_down_and_its_removals_wait()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var process = CacheProcess.On(server, configure: static options => options.FailureThreshold = 1);
        using var observed = new RecordedMeasurements(
            process.Services.GetRequiredService<IMeterFactory>(), "scopedcaching.server.status", "scopedcaching.server.connections", "scopedcaching.removals.pending");
        var address = Addresses.UniqueScope().Entry("secret");
        await process.Sealed.WriteAsync(address, "value", new EntryWrite());
        Assert.Contains("scopedcaching.removals.pending 0", observed.Observe(), StringComparer.Ordinal);

        server.Kill();
        Assert.Equal(RemoveOutcome.Undelivered, await process.Sealed.RemoveAsync(address));

        await Eventually.TrueAsync(() => observed.Observe() is var lines
            && lines.Contains($"scopedcaching.server.status 1 server.address=127.0.0.1 server.port={server.Port} scopedcaching.state=down", StringComparer.Ordinal)
            && lines.Contains($"scopedcaching.server.connections 0 server.address=127.0.0.1 server.port={server.Port}", StringComparer.Ordinal)
            && lines.Contains("scopedcaching.removals.pending 1", StringComparer.Ordinal));
    }
}
