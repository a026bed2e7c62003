using Provider.Tests.RealMemcached;

namespace Provider.Tests.Contract;

/// <summary>
/// A real memcached whose replies depend on what it was told alone. With its LRU thread running, that thread holds some
/// entries for a moment, and a counter changed meanwhile becomes a new entry: no blanks behind it, never fetched.
/// </summary>
public sealed class SteadyMemcached : IAsyncLifetime
{
    private RealMemcachedServer? _server;

    public RealMemcachedServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public async ValueTask InitializeAsync() => _server = await RealMemcachedServer.StartAsync("-o", "no_lru_maintainer");

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
