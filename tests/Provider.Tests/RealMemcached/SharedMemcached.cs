namespace Provider.Tests.RealMemcached;

/// <summary>
/// One memcached for all tests of a class that do not disturb it: <c>IClassFixture&lt;SharedMemcached&gt;</c>.
/// A test that kills, pauses or flushes its server starts its own.
/// </summary>
public sealed class SharedMemcached : IAsyncLifetime
{
    private RealMemcachedServer? _server;

    public RealMemcachedServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public async ValueTask InitializeAsync() => _server = await RealMemcachedServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
