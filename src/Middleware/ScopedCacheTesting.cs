using ScopedCaching.Hosting;
using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>Creates caches for unit tests: the real ones, over an embedded server and their own keys, without a web server or a request.</summary>
public static class ScopedCacheTesting
{
    /// <summary>
    /// Creates the caches of a customer, user and session over an empty embedded server. Each call creates a new server; use <see cref="TestScopedCache.Factory"/> for
    /// other customers on the same server. Operations wait for up to 30 seconds, so that tests do not fail on a machine that stalls for a moment.
    /// </summary>
    /// <param name="customer">The customer key. If null or blank, stack and session caches throw, as in a request without a customer.</param>
    /// <param name="session">The session's id. If null or blank, session caches throw.</param>
    /// <param name="timeProvider">The clock that determines when entries expire; null for the system clock.</param>
    /// <param name="user">The user's id.</param>
    public static TestScopedCache Create(string? customer = "customer", string? session = "session", TimeProvider? timeProvider = null, string? user = "user") =>
        TestingGraph.Create(timeProvider ?? TimeProvider.System, factory => factory.Create(customer, user, session));
}

/// <summary>The caches for a unit test, and the server underneath. Dispose it to stop the server. Thread-safe.</summary>
public sealed class TestScopedCache : IScopedCache, IDisposable, IAsyncDisposable
{
    private readonly IScopedCache _caches;
    private readonly IAsyncDisposable _graph;

    internal TestScopedCache(IScopedCache caches, IScopedCacheFactory factory, EmbeddedMemcached server, IAsyncDisposable graph) =>
        (_caches, Factory, Server, _graph) = (caches, factory, server, graph);

    /// <summary>Creates caches of other customers, users and sessions on the same server.</summary>
    public IScopedCacheFactory Factory { get; }

    /// <summary>The embedded server, for testing evictions and lost connections.</summary>
    public EmbeddedMemcached Server { get; }

    /// <inheritdoc/>
    public ICache Cache => _caches.Cache;

    /// <inheritdoc/>
    public ICache StackCache => _caches.StackCache;

    /// <inheritdoc/>
    public ICache SessionCache => _caches.SessionCache;

    /// <inheritdoc/>
    public ICache ServiceCache => _caches.ServiceCache;

    /// <inheritdoc/>
    public ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null) => _caches.GetCache(prefix, level, options);

    /// <inheritdoc/>
    public CachePolicy GetPolicy(string name) => _caches.GetPolicy(name);

    /// <inheritdoc/>
    public ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken = default) => _caches.PurgeServerAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        ((IDisposable)_graph).Dispose();
        Server.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _graph.DisposeAsync().ConfigureAwait(false);
        Server.Dispose();
    }
}
