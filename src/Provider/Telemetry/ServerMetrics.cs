using System.Diagnostics.Metrics;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>Figures of the servers, read when somebody collects them.</summary>
internal static class ServerMetrics
{
    public static void Observe(IMeterFactory factory, Func<IEnumerable<ServerReading>> servers, Func<long> pendingRemovals, string cache = "")
    {
        var own = Tags.Of(cache);
        var meter = factory.Create(MemcachedTelemetry.MeterName);
        meter.CreateObservableUpDownCounter("scopedcaching.server.status", () => Statuses(servers()), "{server}", "1 for the state that a server is in, else 0.");
        meter.CreateObservableUpDownCounter("scopedcaching.server.connections", () => Connections(servers()), "{connection}", "Connections to a server.");
        meter.CreateObservableUpDownCounter("scopedcaching.removals.pending", () => new Measurement<long>(pendingRemovals(), own), "{removal}", "Removals that wait to be delivered.");
    }

    private static IEnumerable<Measurement<int>> Statuses(IEnumerable<ServerReading> servers) =>
        from server in servers
        from state in ServerReading.States
        select new Measurement<int>(string.Equals(state, server.State, StringComparison.Ordinal) ? 1 : 0, [.. server.Server.Server, new(Tags.State, state)]);

    private static IEnumerable<Measurement<int>> Connections(IEnumerable<ServerReading> servers) =>
        from server in servers
        select new Measurement<int>(server.Connections, server.Server.Server);
}
