namespace ScopedCaching;

/// <summary>
/// The caches of the current request (when injected), or of an explicit customer, user and session (<see cref="IScopedCacheFactory"/>).
/// An injected instance belongs to its request: in another request, after the request has ended, or outside any request, its operations throw
/// <see cref="ScopeUnavailableException"/>. Reading a property never throws. Thread-safe.
/// </summary>
public interface IScopedCache
{
    /// <summary>
    /// The cache at the endpoint's level: the level of the <see cref="CacheLevelAttribute"/> on the action, controller or group, or else
    /// <see cref="ScopedCacheOptions.DefaultLevel"/>. The level never depends on whether a customer was found.
    /// </summary>
    ICache Cache { get; }

    /// <summary>The customer's cache. Operations throw <see cref="ScopeUnavailableException"/> if the customer is not known.</summary>
    ICache StackCache { get; }

    /// <summary>
    /// The session's cache. Its scope consists of the customer, the user and the session id. Operations throw
    /// <see cref="ScopeUnavailableException"/> if any of the three is not known.
    /// </summary>
    ICache SessionCache { get; }

    /// <summary>The cache shared by the whole service.</summary>
    ICache ServiceCache { get; }

    /// <summary>A cache with an additional key prefix. Its keys are separate from those of every other prefix, and from those without a prefix.</summary>
    /// <param name="prefix">Any text; empty for none.</param>
    /// <param name="level">The level; null for the level of <see cref="Cache"/>.</param>
    /// <param name="options">The view's own serializer, encryption setting or policy; null for none.</param>
    ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null);

    /// <summary>
    /// Gets a policy by name, with its current values: from <see cref="ScopedCacheOptions.Policies"/> or the configuration (<c>Cache:Policies:users:Expiration</c>). Use <c>with</c> to vary it.
    /// </summary>
    /// <exception cref="ArgumentException">There is no policy of this name. The message states the name and lists the existing policies.</exception>
    CachePolicy GetPolicy(string name);

    /// <summary>
    /// Empties the whole server: the entries of every customer, session and application, and anything else stored there. You usually want <see cref="ICache.ClearAsync"/>.
    /// Returns false if the command was not delivered.
    /// </summary>
    /// <exception cref="NotSupportedException">The backend is not memcached.</exception>
    ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken = default);
}

/// <summary>Creates caches for an explicit customer, user and session, for work outside a request: background services, hubs, circuits. Thread-safe.</summary>
public interface IScopedCacheFactory
{
    /// <summary>
    /// Creates the caches of a customer, user and session. A null or blank argument counts as not known, and the levels that need it throw
    /// <see cref="ScopeUnavailableException"/>. <see cref="IScopedCache.Cache"/> is at <see cref="ScopedCacheOptions.DefaultLevel"/>.
    /// </summary>
    /// <param name="customer">The customer key, compared exactly; the stack and session levels need it.</param>
    /// <param name="user">The user's id within the customer; the session level needs it.</param>
    /// <param name="session">The session's id; the session level needs it.</param>
    IScopedCache Create(string? customer, string? user = null, string? session = null);
}
