using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// A cache at one level. Keys can contain any text of any length, and the server never sees them. Null is a value: a stored null is found.
/// If the cache cannot be reached, operations return misses and false instead of throwing (unless <see cref="MemcachedOptions.OnFailure"/> says otherwise).
/// Calls without a policy use the view's policy, or else <see cref="ScopedCacheOptions.DefaultPolicy"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Every operation throws <see cref="ScopeUnavailableException"/> if the scope is not known or the cache is used outside its request,
/// <see cref="ArgumentNullException"/> if the key is null, and <see cref="OperationCanceledException"/> if its token is cancelled.
/// Shorter forms are available as extension methods.
/// </remarks>
public interface ICache
{
    /// <summary>The level. For <see cref="IScopedCache.Cache"/> this is the level of the endpoint at the time of the call.</summary>
    StorageLevel Level { get; }

    /// <summary>Reads a value. The result distinguishes a stored null from a miss.</summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="policy">If the value was stored with a policy that has its own encryption setting or serializer, pass that policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<CacheResult<T>> TryGetAsync<T>(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Reads many values in one round trip to each server (up to 1,024 keys per round trip). The result contains the values that were found, under the caller's own keys.</summary>
    ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value, replacing any existing one. Returns false if it was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only if there is none. Returns false if there was one, or if the value was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores a value only if there already is one. Returns false if there was none, or if the value was not stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Stores many values, pipelined. Returns the keys that were not stored; the list is empty if all were stored.</summary>
    /// <exception cref="MemcachedValueTooLargeException">
    /// A sealed value exceeds the server's item limit. No value with the same lifetime as that one was stored.
    /// </exception>
    ValueTask<IReadOnlyList<string>> SetManyAsync<T>(
        IReadOnlyCollection<KeyValuePair<string, T>> values, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a value. <see cref="RemoveOutcome.Undelivered"/> means that the value may still be there.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Removes many values, pipelined. Returns the keys whose removal was not delivered, and whose values may still be there; the list is empty if all were delivered.</summary>
    ValueTask<IReadOnlyList<string>> RemoveManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Restarts a value's lifetime from now. Returns false if there was no value, or if it changed in the meantime.</summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="policy">The policy whose expirations define the new lifetime; null for the default policy. A <see cref="TimeSpan"/> converts to a policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> TouchAsync(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds to a counter and returns its new value. An absent counter starts at 0. Returns null if the cache could not be reached. Counters are decimal
    /// text that the server adds to, so they are <b>not encrypted</b>. Their keys are hashed, and a counter is separate from a value with the same key.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="by">How much to add, 0 or more.</param>
    /// <param name="policy">Its <see cref="CachePolicy.Expiration"/> is the lifetime of a counter created by this call; an existing counter keeps its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ulong?> IncrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>Subtracts from a counter, never below 0. Otherwise it behaves like <see cref="IncrementAsync"/>.</summary>
    ValueTask<ulong?> DecrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores a value only if the entry has not changed since it was read: a compare-and-swap. Returns false if it has changed, or if the version is not known.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="value">The value.</param>
    /// <param name="version">The <see cref="CacheResult{T}.Version"/> of the read that the value is based on.</param>
    /// <param name="policy">How the value is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    ValueTask<bool> SetIfUnchangedAsync<T>(string key, T value, CacheVersion version, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Computes a new value from the current one, and stores it only if the entry has not changed in the meantime; otherwise it reads again and repeats. Returns the value that was stored,
    /// or a result that is not found if the cache could not be reached or other callers kept changing the entry first.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="update">Computes the new value. It may run several times, so it should have no side effects.</param>
    /// <param name="policy">How the value is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    ValueTask<CacheResult<T>> UpdateAsync<T>(string key, Func<CacheResult<T>, T> update, CachePolicy? policy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes every value with any of the tags a miss, immediately and for all processes, in all views of this level for this customer or session. This costs one write per tag,
    /// however many values there are. Only values that other processes keep in memory (<see cref="CachePolicy.LocalFor"/>) remain visible there until that time has passed.
    /// Returns false if not every tag's removal was delivered; values may then still be found.
    /// </summary>
    /// <exception cref="ArgumentException">The list is empty, or a tag is empty or too long.</exception>
    ValueTask<bool> RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes every value of this cache a miss, immediately and for all processes. For a level's cache, these are the level's values for this customer or session, including those of its views; for a view
    /// (<see cref="IScopedCache.GetCache"/>), only the view's own. This costs one write, however many values there are. Counters are kept.
    /// Only values that other processes keep in memory (<see cref="CachePolicy.LocalFor"/>) remain visible there until that time has passed.
    /// Returns false if the clear was not delivered; values may then still be found.
    /// </summary>
    ValueTask<bool> ClearAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads many values in one round trip to each server (up to 1,024 keys per round trip), and creates the missing ones with a single run of the factory. The result contains every key that was found or that the
    /// factory returned. Concurrent calls do not wait for each other. Values that were set, removed or cleared while the factory ran are not overwritten. If another caller is refreshing
    /// a stale value, the stale value is returned. If the factory fails and every key passed to it has a stale value, these values are returned. Timeouts and <see cref="CachePolicy.RefreshAhead"/> do not apply.
    /// </summary>
    /// <param name="keys">The caller's keys.</param>
    /// <param name="factory">Receives the missing keys and returns their values. A key that it omits is neither stored nor part of the result.</param>
    /// <param name="policy">How the values are stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value exceeds the server's item limit.</exception>
    ValueTask<Dictionary<string, T?>> GetOrCreateManyAsync<T>(
        IReadOnlyCollection<string> keys,
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory,
        CachePolicy? policy = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a value, or creates and stores it. Only one factory runs at a time for a key: concurrent callers in this process wait for its result, and other
    /// processes wait for it by means of a lease in the shared cache. If a process dies while running a factory, the others lose <see cref="CachePolicy.LeaseTime"/>. A null result is stored. An
    /// exception is not stored; it is thrown to every caller that waits in this process. If the entry is set, removed or cleared in the meantime, the factory is detached: later callers start
    /// afresh, and its result is not stored. If the cache cannot be reached, the factory runs without it. If a factory asks for its own key, the nested factory runs directly. Callers
    /// never share a mutable object: unless the type is immutable, each caller gets its own copy.
    /// </summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="state">Passed to the factory, so that the factory can be static.</param>
    /// <param name="factory">
    /// Creates the value. Its token is cancelled when all waiting callers have given up; even then, the caller that runs the factory waits until it has ended.
    /// </param>
    /// <param name="policy">How the value is stored; null for the default policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit.</exception>
    /// <exception cref="NotSupportedException">JSON would lose part of the value (see <see cref="MemcachedOptions.Json"/>), or cannot represent it at all.</exception>
    /// <exception cref="TimeoutException">The factory took longer than <see cref="CachePolicy.FactoryHardTimeout"/>, and there was no stale value.</exception>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);

    /// <summary>Like the other overloads, with a factory that can change the policy of its value, or prevent the value from being stored.</summary>
    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, CachePolicy?, CancellationToken)"/>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);

    /// <summary>
    /// Like the other overloads, with a factory that can run in the background, after the request has ended. It receives the services of its own scope, in which
    /// <see cref="IScopedCache"/> belongs to the same customer, user and session. It must use these services, and nothing that belongs to the request. Only a factory of this kind refreshes ahead in the
    /// background, and keeps running after <see cref="CachePolicy.FactorySoftTimeout"/>.
    /// </summary>
    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, CachePolicy?, CancellationToken)"/>
    ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory,
        CachePolicy? policy,
        CancellationToken cancellationToken);
}
