using System.Diagnostics.Metrics;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>What the client measures of each request that it sends, by OpenTelemetry's conventions for clients of databases.</summary>
internal sealed class RequestMetrics(IMeterFactory factory, TimeProvider time)
{
    // Those that the conventions advise.
    private static readonly InstrumentAdvice<double> s_boundaries = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    public Histogram<double> Duration { get; } = factory.Create(MemcachedTelemetry.MeterName).CreateHistogram(
        "db.client.operation.duration", "s", "Duration of database client operations.", tags: null, s_boundaries);

    public TimeProvider Time => time;

    /// <summary>What is measured of the requests to one server.</summary>
    public ServerTelemetry Of(MemcachedEndpoint server) => new(this, server);
}
