using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// A cache at one level. Keys may hold any text up to any length, and are never seen on the server. Null is a value: a stored null is found.
/// A cache that cannot be reached gives misses and false, not exceptions (unless <see cref="MemcachedOptions.OnFailure"/> says otherwise).
/// A policy left out is the view's, else <see cref="ScopedCacheOptions.DefaultPolicy"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Every operation throws <see cref="ScopeUnavailableException"/> when the scope is not known or the request is another,
/// <see cref="ArgumentNullException"/> for a null key, and <see cref="OperationCanceledException"/> when its token is cancelled.
/// Shorter forms are extension methods beside this interface.
/// </remarks>
public interface ICache
{
    /// <summary>The level. Of <see cref="IScopedCache.Cache"/> it is that of the endpoint at the time of the call.</summary>
    StorageLevel Level { get; }

    /// <summary>Reads a value, telling a stored null from a miss.</summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="policy">Give the policy the value was stored with when it has an encryption choice or serializer of its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<CacheResult<T>> TryGetAsync<T>(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Reads many values in one round trip. The result holds what was found, by the caller's own keys.</summary>
    ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value, whatever was there. False when it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only when there is none. False when there was one, or it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only when there is one already. False when there was none, or it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores many values, pipelined. Returns the keys that were not stored; empty when all were.</summary>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value is above the server's item limit; nothing was stored.</exception>
    ValueTask<IReadOnlyList<string>> SetManyAsync<T>(
        IReadOnlyCollection<KeyValuePair<string, T>> values, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a value. <see cref="RemoveOutcome.Undelivered"/> means that it may still be there.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Removes many values, pipelined. Returns the keys whose removal was not delivered, which may still be there; empty when all were.</summary>
    ValueTask<IReadOnlyList<string>> RemoveManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Gives a value a new life from now on. False when there was none, or it changed meanwhile.</summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="policy">Its expirations are the new life; null for the default policy's. A <see cref="TimeSpan"/> converts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> TouchAsync(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds to a counter and returns its new value; an absent one starts at 0. Null when the cache could not be asked. Counters are decimal
    /// text that the server adds to, so they are <b>not encrypted</b>; their keys are hashed, and they are apart from the values of the same key.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="by">How much to add, 0 or more.</param>
    /// <param name="policy">Its <see cref="CachePolicy.Expiration"/> is the life of a counter created by this call; one that exists keeps its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ulong?> IncrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Subtracts from a counter, never below 0; otherwise as <see cref="IncrementAsync"/>.</summary>
    ValueTask<ulong?> DecrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a value, or creates and stores it. In this process one factory runs at a time for a key and type; concurrent callers wait for
    /// its result and share it, so treat cached values as immutable. Null is stored, an exception is not: it goes to everybody who waits.
    /// Setting or removing the key meanwhile detaches the factory: whoever comes after starts afresh, and what it returns is not stored.
    /// When the cache cannot be reached the factory simply runs. A factory that asks for its own key runs directly, too.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="state">Handed to the factory, so that it can be static.</param>
    /// <param name="factory">
    /// Creates the value. Its token is cancelled when everybody who waits has given up; the caller whose factory runs waits for its end even then.
    /// </param>
    /// <param name="policy">How the value is stored; null for the default policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);
}
