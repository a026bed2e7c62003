namespace ScopedCaching.Memcached;

/// <summary>The names for subscribing to telemetry. The instruments and spans are described in docs/telemetry.md.</summary>
public static class MemcachedTelemetry
{
    /// <summary>The meter of the provider and its client.</summary>
    public const string MeterName = "ScopedCaching.Memcached";

    /// <summary>The activity source of the client.</summary>
    public const string ActivitySourceName = "ScopedCaching.Memcached";
}
