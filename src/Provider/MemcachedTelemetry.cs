namespace ScopedCaching.Memcached;

/// <summary>The names that telemetry is subscribed to by. What there is under them stands in docs/telemetry.md.</summary>
public static class MemcachedTelemetry
{
    /// <summary>The meter of the provider and its client.</summary>
    public const string MeterName = "ScopedCaching.Memcached";

    /// <summary>The source of the client's spans.</summary>
    public const string ActivitySourceName = "ScopedCaching.Memcached";
}
