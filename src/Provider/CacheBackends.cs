using Microsoft.Extensions.Caching.Distributed;

namespace ScopedCaching.Memcached;

/// <summary>
/// The names for <see cref="MemcachedOptions.Backend"/> (<c>Cache:Backend</c>), ignoring case. Alternatively, it can be the key under which the application registers its own
/// <see cref="ICacheStore"/>: <c>services.AddKeyedSingleton&lt;ICacheStore&gt;("mine", …)</c>. Values are sealed
/// above the backend, so they are encrypted whichever backend is used.
/// </summary>
public static class CacheBackends
{
    /// <summary>memcached on the configured servers. The default if there are any.</summary>
    public const string Memcached = "Memcached";

    /// <summary>A memcached inside this process, whatever servers are configured. The default in Development if there are none.</summary>
    public const string Embedded = "Embedded";

    /// <summary>
    /// Another vendor's <see cref="IDistributedCache"/>, registered under the key <see cref="DistributedCacheKey"/>. It supports no leases, no compare-and-swap and
    /// no counters; the documentation describes the effects on features that need them.
    /// </summary>
    public const string Distributed = "Distributed";

    /// <summary>No cache: reads miss, and writes return <see cref="WriteOutcome.Disabled"/>.</summary>
    public const string Null = "Null";

    /// <summary>
    /// The key under which the backend <see cref="Distributed"/> expects its <see cref="IDistributedCache"/>. An unkeyed registration is never used, because
    /// MVC registers one that stores entries in this process's memory.
    /// </summary>
    public const string DistributedCacheKey = "cache-backend";
}
