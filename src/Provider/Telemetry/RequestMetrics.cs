using System.Diagnostics.Metrics;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>What the client measures of each request that it sends, by OpenTelemetry's conventions for clients of databases.</summary>
/// <param name="factory">Where the meter is from.</param>
/// <param name="time">The clock.</param>
/// <param name="cache">The cache's name, empty where it has none.</param>
internal sealed class RequestMetrics(IMeterFactory factory, TimeProvider time, string cache = "")
{
    // Those that the conventions advise.
    private static readonly InstrumentAdvice<double> s_boundaries = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    public Histogram<double> Duration { get; } = factory.Create(MemcachedTelemetry.MeterName).CreateHistogram(
        "db.client.operation.duration", "s", "Duration of database client operations.", tags: null, s_boundaries);

    public TimeProvider Time => time;

    /// <summary>What all of it bears.</summary>
    public KeyValuePair<string, object?>[] Cache { get; } = Tags.Of(cache);

    /// <summary>What is measured of the requests to one server.</summary>
    public ServerTelemetry Of(MemcachedEndpoint server) => new(this, server);
}
