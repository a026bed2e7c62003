using System.Net;
using System.Net.Sockets;
using ScopedCaching.Memcached;

namespace Provider.Tests.Doubles;

/// <summary>A port where nobody listens, and that nobody else is given meanwhile: it is bound.</summary>
internal sealed class RefusingPort : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingPort() => _bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)_bound.LocalEndPoint!).Port;

    public MemcachedEndpoint Endpoint => MemcachedEndpoint.Tcp("127.0.0.1", Number);

    public void Dispose() => _bound.Dispose();
}
