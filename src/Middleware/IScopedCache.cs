namespace ScopedCaching;

/// <summary>
/// The caches of one request (inject it), or of an explicit customer, user and session (<see cref="IScopedCacheFactory"/>).
/// One that was injected belongs to its request: used in another, after its end, or outside any, its operations throw
/// <see cref="ScopeUnavailableException"/>. Reading a property never throws. Thread-safe.
/// </summary>
public interface IScopedCache
{
    /// <summary>
    /// The cache at the endpoint's level: <see cref="CacheLevelAttribute"/> on action, controller or group, else
    /// <see cref="ScopedCacheOptions.DefaultLevel"/>. The level never depends on whether a customer was found.
    /// </summary>
    ICache Cache { get; }

    /// <summary>The customer's cache. Operations throw <see cref="ScopeUnavailableException"/> when the customer is not known.</summary>
    ICache StackCache { get; }

    /// <summary>
    /// The session's cache: its scope is customer, user and session id together. Operations throw
    /// <see cref="ScopeUnavailableException"/> when one of the three is not known.
    /// </summary>
    ICache SessionCache { get; }

    /// <summary>The cache that the whole service shares.</summary>
    ICache ServiceCache { get; }

    /// <summary>A cache with an added prefix: its keys are apart from those of every other prefix, and from those without one.</summary>
    /// <param name="prefix">Any text; empty for none.</param>
    /// <param name="level">The level; null for the level of <see cref="Cache"/>.</param>
    /// <param name="options">A serializer, encryption or policy of its own; null for none.</param>
    ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null);

    /// <summary>
    /// A policy by its name: from <see cref="ScopedCacheOptions.Policies"/>, or the configuration (<c>Cache:Policies:users:Expiration</c>), as it is now. Vary it with <c>with</c>.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such policy; the message names it, and those there are.</exception>
    CachePolicy GetPolicy(string name);

    /// <summary>
    /// Empties the whole server: every customer's, session's and application's entries, and what others keep there. You want <see cref="ICache.ClearAsync"/>. False: not delivered.
    /// </summary>
    /// <exception cref="NotSupportedException">The backend is not memcached.</exception>
    ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken = default);
}

/// <summary>Makes caches of an explicit customer, user and session, for work outside a request: background services, hubs, circuits. Thread-safe.</summary>
public interface IScopedCacheFactory
{
    /// <summary>
    /// The caches of a customer, user and session. What is null or blank is not known: the levels that need it throw
    /// <see cref="ScopeUnavailableException"/>. <see cref="IScopedCache.Cache"/> is at <see cref="ScopedCacheOptions.DefaultLevel"/>.
    /// </summary>
    /// <param name="customer">The customer key, compared exactly; the stack and session levels need it.</param>
    /// <param name="user">The user's id within the customer; the session level needs it.</param>
    /// <param name="session">The session's id; the session level needs it.</param>
    IScopedCache Create(string? customer, string? user = null, string? session = null);
}
