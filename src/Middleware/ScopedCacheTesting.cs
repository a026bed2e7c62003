using ScopedCaching.Hosting;
using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>Caches for unit tests: the real ones, over an embedded server and keys of their own, without a web server or a request.</summary>
public static class ScopedCacheTesting
{
    /// <summary>
    /// Caches of a customer, user and session over an empty embedded server. Each call makes another server; see <see cref="TestScopedCache.Factory"/> for
    /// other customers on the same one. Operations wait for up to 30 seconds, so that a machine that stands still for a moment makes no test fail.
    /// </summary>
    /// <param name="customer">The customer key; null or blank makes stack and session caches throw, as in a request without a customer.</param>
    /// <param name="session">The session's id; null or blank makes session caches throw.</param>
    /// <param name="timeProvider">The clock that entries expire by; null for the system's.</param>
    /// <param name="user">The user's id.</param>
    public static TestScopedCache Create(string? customer = "customer", string? session = "session", TimeProvider? timeProvider = null, string? user = "user") =>
        TestingGraph.Create(timeProvider ?? TimeProvider.System, factory => factory.Create(customer, user, session));
}

/// <summary>Caches for a unit test, and the server they stand on. Dispose it to end the server. Thread-safe.</summary>
public sealed class TestScopedCache : IScopedCache, IDisposable, IAsyncDisposable
{
    private readonly IScopedCache _caches;
    private readonly IAsyncDisposable _graph;

    internal TestScopedCache(IScopedCache caches, IScopedCacheFactory factory, EmbeddedMemcached server, IAsyncDisposable graph) =>
        (_caches, Factory, Server, _graph) = (caches, factory, server, graph);

    /// <summary>Makes caches of other customers, users and sessions on the same server.</summary>
    public IScopedCacheFactory Factory { get; }

    /// <summary>The embedded server, for tests of eviction and lost connections.</summary>
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
