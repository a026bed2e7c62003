using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// The names that telemetry of the scoped caches is subscribed to by, beside those of <see cref="MemcachedTelemetry"/>. What there is under them stands in docs/telemetry.md.
/// </summary>
public static class ScopedCacheTelemetry
{
    /// <summary>The meter of the scoped caches and of cached responses.</summary>
    public const string MeterName = "ScopedCaching";

    /// <summary>The source of the spans of get-or-create and its factories.</summary>
    public const string ActivitySourceName = "ScopedCaching";
}
