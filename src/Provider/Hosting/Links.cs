using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>What a connection to a server is made of, from the socket up.</summary>
internal static class Links
{
    public static ITransport To(MemcachedEndpoint endpoint, MemcachedOptions options, ItemLimit limit, ILogger logger)
    {
        var name = endpoint.ToString();
        ITransport transport = endpoint.UnixPath is { } path
            ? new SocketTransport(path, options.Timeout)
            : new SocketTransport(endpoint.Host, endpoint.Port, options.Timeout);
        if (TlsSettings.Of(options) is { } tls)
        {
            // Of a server that was found by name the certificate bears the name, not the address.
            transport = new TlsTransport(transport, name, endpoint.DiscoveredBy ?? endpoint.Host, tls);
        }

        return new HandshakingTransport(name, transport, Credentials.Of(options), limit, logger, options.Section);
    }

    /// <summary>Within the process there is nobody to be protected from.</summary>
    public static ITransport To(string name, EmbeddedMemcached embedded, ItemLimit limit, ILogger logger) =>
        new HandshakingTransport(name, embedded.Transport, credentials: null, limit, logger);
}
