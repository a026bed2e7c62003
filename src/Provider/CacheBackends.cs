using Microsoft.Extensions.Caching.Distributed;

namespace ScopedCaching.Memcached;

/// <summary>
/// The names that <see cref="MemcachedOptions.Backend"/> (<c>Cache:Backend</c>) may have, whatever their case. Besides them it may be the key under which an
/// <see cref="ICacheStore"/> of the application's own is registered: <c>services.AddKeyedSingleton&lt;ICacheStore&gt;("mine", …)</c>. What is stored is sealed
/// above the backend, so it is encrypted whichever it is.
/// </summary>
public static class CacheBackends
{
    /// <summary>memcached on the configured servers. The default where there are any.</summary>
    public const string Memcached = "Memcached";

    /// <summary>A memcached inside this process, whatever servers are configured. The default in Development where there are none.</summary>
    public const string Embedded = "Embedded";

    /// <summary>
    /// Another vendor's <see cref="IDistributedCache"/>, registered under the key <see cref="DistributedCacheKey"/>. It cannot lease, compare and swap, or
    /// count; the documentation says what becomes of what needs that.
    /// </summary>
    public const string Distributed = "Distributed";

    /// <summary>No cache: reads miss, and writes come to <see cref="WriteOutcome.Disabled"/>.</summary>
    public const string Null = "Null";

    /// <summary>
    /// The key under which the backend <see cref="Distributed"/> expects its <see cref="IDistributedCache"/>. One registered without a key is never taken:
    /// MVC registers one that holds entries in this process's memory.
    /// </summary>
    public const string DistributedCacheKey = "cache-backend";
}
