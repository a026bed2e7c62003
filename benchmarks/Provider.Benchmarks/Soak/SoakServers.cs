using Provider.Tests.Faults;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Soak;

/// <summary>Real memcacheds, each behind a proxy.</summary>
internal sealed class SoakServers : IAsyncDisposable
{
    private readonly List<(RealMemcachedServer Server, FaultProxy Proxy)> _servers = [];

    public int Count => _servers.Count;

    public IEnumerable<MemcachedEndpoint> Endpoints => _servers.Select(static one => MemcachedEndpoint.Tcp(one.Proxy.Host, one.Proxy.Port));

    public (RealMemcachedServer Server, FaultProxy Proxy) this[int index] => _servers[index];

    public static async Task<SoakServers> StartAsync(int count, int seed)
    {
        var servers = new SoakServers();
        for (var i = 0; i < count; i++)
        {
            var server = await RealMemcachedServer.StartAsync("-m", "64");
            servers._servers.Add((server, new FaultProxy(server.EndPoint, seed + i)));
        }

        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (server, proxy) in _servers)
        {
            proxy.Dispose();
            await server.DisposeAsync();
        }
    }
}
