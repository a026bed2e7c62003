using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// Names that stand for many servers, as those of Kubernetes' headless services: each address is a server. What a name resolved to last is kept while it does not resolve.
/// Not thread-safe.
/// </summary>
internal sealed class ServiceNames(Func<string, IPAddress[]> resolve, ILogger logger)
{
    private readonly Dictionary<string, IPAddress[]> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _unresolved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks for every name anew; blocks as long as the system's resolver takes.</summary>
    public IReadOnlyList<MemcachedEndpoint> Resolve(IReadOnlyList<MemcachedEndpoint> configured)
    {
        var servers = new List<MemcachedEndpoint>();
        foreach (var endpoint in configured)
        {
            if (!IsName(endpoint))
            {
                servers.Add(endpoint);
                continue;
            }

            // In an order of their own: resolvers give another one each time.
            foreach (var address in Ask(endpoint.Host).Select(static address => address.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                servers.Add(endpoint.At(address));
            }
        }

        return [.. servers.DistinctBy(static server => (server.Host, server.Port, server.UnixPath))];
    }

    private static bool IsName(MemcachedEndpoint endpoint) => endpoint.UnixPath is null && endpoint.InProcess is null && !IPAddress.TryParse(endpoint.Host, out _);

    private IPAddress[] Ask(string name)
    {
        try
        {
            if (resolve(name) is { Length: > 0 } addresses)
            {
                _unresolved.Remove(name);
                return _known[name] = addresses;
            }

            Tell(name, "no address");
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            Tell(name, fault.Message);
        }

        return _known.GetValueOrDefault(name, []);
    }

    private void Tell(string name, string reason)
    {
        if (_unresolved.Add(name))
        {
            Log.NameUnresolved(logger, name, reason.TrimEnd('.'));
        }
    }
}
