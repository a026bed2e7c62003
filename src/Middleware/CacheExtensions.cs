using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>Shorter forms of the operations of <see cref="ICache"/>.</summary>
public static class CacheExtensions
{
    /// <summary>Reads a value. A miss returns the type's default value, so it cannot be distinguished from a stored null or 0; use <see cref="ICache.TryGetAsync{T}"/> for that.</summary>
    public static ValueTask<T?> GetAsync<T>(this ICache cache, string key, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        cache.GetOrDefaultAsync(key, default(T), policy, cancellationToken);

    /// <inheritdoc cref="GetAsync{T}(ICache, string, CachePolicy?, CancellationToken)"/>
    public static ValueTask<T?> GetAsync<T>(this ICache cache, string key, CancellationToken cancellationToken) =>
        cache.GetOrDefaultAsync(key, default(T), policy: null, cancellationToken);

    /// <summary>Reads a value. A miss returns <paramref name="fallback"/>, which is not stored. A stored null is found.</summary>
    public static async ValueTask<T?> GetOrDefaultAsync<T>(
        this ICache cache, string key, T? fallback, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var result = await cache.TryGetAsync<T>(key, policy, cancellationToken).ConfigureAwait(false);
        return result.ValueOr(fallback);
    }

    /// <inheritdoc cref="GetOrDefaultAsync{T}(ICache, string, T, CachePolicy?, CancellationToken)"/>
    public static ValueTask<T?> GetOrDefaultAsync<T>(this ICache cache, string key, T? fallback, CancellationToken cancellationToken) =>
        cache.GetOrDefaultAsync(key, fallback, policy: null, cancellationToken);

    /// <summary>Reads a value. The result distinguishes a stored null from a miss.</summary>
    public static ValueTask<CacheResult<T>> TryGetAsync<T>(this ICache cache, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.TryGetAsync<T>(key, policy: null, cancellationToken);
    }

    /// <summary>Reads many values in one round trip to each server (up to 1,024 keys per round trip). The result contains the values that were found, under the caller's own keys.</summary>
    public static ValueTask<Dictionary<string, T?>> GetManyAsync<T>(this ICache cache, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.GetManyAsync<T>(keys, policy: null, cancellationToken);
    }

    /// <summary>Stores a value under the default policy. Returns false if it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    public static ValueTask<bool> SetAsync<T>(this ICache cache, string key, T value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.SetAsync(key, value, policy: null, cancellationToken);
    }

    /// <summary>Stores a value and returns it.</summary>
    /// <exception cref="CacheWriteException">The value was not stored.</exception>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    public static async ValueTask<T> SetAndReturnAsync<T>(
        this ICache cache, string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return await cache.SetAsync(key, value, policy, cancellationToken).ConfigureAwait(false)
            ? value
            : throw new CacheWriteException("The value was not stored: the cache could not be reached, refused it, or is switched off (Cache:Enabled).");
    }

    /// <summary>Makes every value with the tag a miss; see <see cref="ICache.RemoveByTagAsync"/>.</summary>
    /// <exception cref="ArgumentException">The tag is empty or too long.</exception>
    public static ValueTask<bool> RemoveByTagAsync(this ICache cache, string tag, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return cache.RemoveByTagAsync([tag], cancellationToken);
    }
}
