using ScopedCaching.Memcached;

namespace Provider.Tests.RealMemcached;

/// <summary>Three memcached for all tests of a class that do not disturb them.</summary>
public sealed class SharedMemcachedRing : IAsyncLifetime
{
    private readonly List<RealMemcachedServer> _servers = [];

    public IReadOnlyList<RealMemcachedServer> Servers => _servers;

    public MemcachedEndpoint[] Endpoints => [.. _servers.Select(server => MemcachedEndpoint.Tcp(server.Host, server.Port))];

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            _servers.Add(await RealMemcachedServer.StartAsync("-m", "16"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
