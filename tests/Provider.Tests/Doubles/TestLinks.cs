using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Hosting;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Doubles;

/// <summary>Links as the product makes them: socket, TLS, handshake.</summary>
internal static class TestLinks
{
    public static ITransport To(RealMemcachedServer server, MemcachedOptions options, ItemLimit? limit = null, ILogger? logger = null) =>
        To(MemcachedEndpoint.Tcp(server.Host, server.Port), options, limit, logger);

    public static ITransport To(MemcachedEndpoint endpoint, MemcachedOptions options, ItemLimit? limit = null, ILogger? logger = null) =>
        Links.To(endpoint, options, limit ?? new ItemLimit(), logger ?? NullLogger.Instance);
}
