using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// The names for subscribing to the telemetry of the scoped caches, in addition to those of <see cref="MemcachedTelemetry"/>. The instruments and spans are described in docs/telemetry.md.
/// </summary>
public static class ScopedCacheTelemetry
{
    /// <summary>The meter of the scoped caches and of cached responses.</summary>
    public const string MeterName = "ScopedCaching";

    /// <summary>The activity source of get-or-create calls and their factories.</summary>
    public const string ActivitySourceName = "ScopedCaching";
}
