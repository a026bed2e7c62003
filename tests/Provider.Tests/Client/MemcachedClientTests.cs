using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Client;

public sealed class ClientOnTheEmbeddedServerTests : MemcachedClientContract
{
    private readonly EmbeddedMemcached _server = new();

    private protected override ITransport Transport => _server.Transport;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class ClientOnTheEmbeddedServerOverTcpTests : MemcachedClientContract
{
    private readonly EmbeddedMemcached _server = new();

    private protected override ITransport Transport => new SocketTransport("127.0.0.1", _server.ListenTcp().Port, Eventually.Patience);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class ClientOnTheEmbeddedServerOverAUnixSocketTests : MemcachedClientContract
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("embedded-");
    private readonly EmbeddedMemcached _server = new();

    private protected override ITransport Transport
    {
        get
        {
            var path = Path.Combine(_folder.FullName, "memcached.sock");
            _server.ListenUnix(path);
            return new SocketTransport(path, Eventually.Patience);
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
        _folder.Delete(recursive: true);
    }
}

public sealed class ClientOnMemcachedTests(SharedMemcached memcached) : MemcachedClientContract, IClassFixture<SharedMemcached>
{
    private protected override ITransport Transport => new SocketTransport("127.0.0.1", memcached.Server.Port, Eventually.Patience);
}

public sealed class ClientOnMemcachedOverAUnixSocketTests(UnixMemcached memcached) : MemcachedClientContract, IClassFixture<UnixMemcached>
{
    private protected override ITransport Transport => new SocketTransport(memcached.SocketPath, Eventually.Patience);
}

public sealed class ClientOnThreeEmbeddedServersTests : MemcachedClientContract
{
    private readonly EmbeddedServers _servers = new();

    private protected override TestClient Connect() => _servers.Client();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _servers.Dispose();
    }
}

public sealed class ClientOnThreeMemcachedTests(SharedMemcachedRing ring) : MemcachedClientContract, IClassFixture<SharedMemcachedRing>
{
    private protected override TestClient Connect() => new(
        new MemcachedOptions { Servers = [.. ring.Endpoints] }, static server => new SocketTransport(server.Host, server.Port, Eventually.Patience));
}

/// <summary>As the product puts it together: TLS, then the handshake of a new connection.</summary>
public sealed class ClientOnMemcachedUnderTlsTests(TlsMemcached memcached) : MemcachedClientContract, IClassFixture<TlsMemcached>
{
    private protected override ITransport Transport => TestLinks.To(
        memcached.Server, new MemcachedOptions { Tls = new MemcachedTlsOptions { Enabled = true, CertificateAuthority = memcached.Certificates.AuthorityPath } });
}

public sealed class UnixMemcached : IAsyncLifetime
{
    private RealMemcachedServer? _server;

    public string SocketPath => _server!.SocketPath!;

    public async ValueTask InitializeAsync() => _server = await RealMemcachedServer.StartOnUnixSocketAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
