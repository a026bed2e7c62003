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

    /// <summary>Reads many values in one round trip to each server (of up to 1,024 keys). The result holds what was found, by the caller's own keys.</summary>
    ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value, whatever was there. False when it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only when there is none. False when there was one, or it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only when there is one already. False when there was none, or it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores many values, pipelined. Returns the keys that were not stored; empty when all were.</summary>
    /// <exception cref="MemcachedValueTooLargeException">
    /// A sealed value is above the server's item limit; nothing was stored that lives as long as that one.
    /// </exception>
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
    /// Stores a value only while the entry is as it was read: a compare-and-swap. False when it changed meanwhile, or the version is not known.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="value">The value.</param>
    /// <param name="version"><see cref="CacheResult{T}.Version"/> of the read that the value was made from.</param>
    /// <param name="policy">How it is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    ValueTask<bool> SetIfUnchangedAsync<T>(string key, T value, CacheVersion version, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a new value of the one before, and stores it only while nobody else changed it; else reads again and repeats. The result is what was stored;
    /// not found when the cache could not be reached, or others were faster ever again.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="update">Makes the new value. May run several times, so it should do nothing else.</param>
    /// <param name="policy">How it is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    ValueTask<CacheResult<T>> UpdateAsync<T>(string key, Func<CacheResult<T>, T> update, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes every value with one of the tags a miss, at once and for all processes, in all views of this level and this customer or session. Costs one write a tag,
    /// however many values there are. Only what another process keeps in its memory (<see cref="CachePolicy.LocalFor"/>) goes on until that time is over. False: not all was delivered, and values may still be found.
    /// </summary>
    /// <exception cref="ArgumentException">There is no tag, or one is empty or too long.</exception>
    ValueTask<bool> RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes every value of this cache a miss, at once and for all processes: those of the level for this customer or session, views included; of a view
    /// (<see cref="IScopedCache.GetCache"/>) the view's own. Costs one write, however many values there are. Counters stay.
    /// Only what another process keeps in its memory (<see cref="CachePolicy.LocalFor"/>) goes on until that time is over. False: not delivered, and values may still be found.
    /// </summary>
    ValueTask<bool> ClearAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads many values in one round trip to each server (of up to 1,024 keys), and creates those that are missing with one run of the factory. The result has every key that was found or that the
    /// factory returned. Concurrent calls do not wait for each other; what was set, removed or cleared while the factory ran is not overwritten. A stale value that another
    /// caller is refreshing is answered, and so are the stale values when the factory fails and there are no keys without one. Timeouts and <see cref="CachePolicy.RefreshAhead"/> do not apply.
    /// </summary>
    /// <param name="keys">The caller's keys.</param>
    /// <param name="factory">Given the missing keys, returns values for them; a key it leaves out is neither stored nor in the result.</param>
    /// <param name="policy">How the values are stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value is above the server's item limit.</exception>
    ValueTask<Dictionary<string, T?>> GetOrCreateManyAsync<T>(
        IReadOnlyCollection<string> keys,
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory,
        CachePolicy? policy = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a value, or creates and stores it. One factory runs at a time for a key: in this process concurrent callers wait for its result, and every other
    /// process waits for it by a lease in the shared cache. A process that dies in mid-factory costs the others <see cref="CachePolicy.LeaseTime"/>. Null is stored, an
    /// exception is not: it goes to everybody who waits in this process. Setting, removing or clearing meanwhile detaches the factory: whoever comes after starts
    /// afresh, and what it returns is not stored. When the cache cannot be reached the factory simply runs. A factory that asks for its own key runs directly, too. Callers
    /// never share an object that can change: unless the type is immutable, each gets a copy of its own.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="state">Handed to the factory, so that it can be static.</param>
    /// <param name="factory">
    /// Creates the value. Its token is cancelled when everybody who waits has given up; the caller whose factory runs waits for its end even then.
    /// </param>
    /// <param name="policy">How the value is stored; null for the default policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose a part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot write it at all.</exception>
    /// <exception cref="TimeoutException">The factory took longer than <see cref="CachePolicy.FactoryHardTimeout"/>, and there was no stale value.</exception>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);

    /// <summary>As the other overloads, with a factory that can change the policy of what it returns, or keep it from being stored.</summary>
    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, CachePolicy?, CancellationToken)"/>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);

    /// <summary>
    /// As the other overloads, with a factory that can run in the background, after the request: it is given services of a scope of its own, in which
    /// <see cref="IScopedCache"/> belongs to the same customer, user and session. It must use those, and nothing of the request. Only such a factory refreshes ahead in the
    /// background, and goes on after <see cref="CachePolicy.FactorySoftTimeout"/>.
    /// </summary>
    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, CachePolicy?, CancellationToken)"/>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory,
        CachePolicy? policy,
        CancellationToken cancellationToken);
}
