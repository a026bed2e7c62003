using ScopedCaching.Memcached.Ring;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>The servers at one moment, and which key is whose. Immutable: a call looks once, and is served by what it saw.</summary>
internal sealed class ServerSnapshot
{
    // One server needs no ring: whatever the key is, it is the one.
    private readonly KetamaRing? _ring;

    public ServerSnapshot(IReadOnlyList<MemcachedEndpoint> endpoints, Node[] nodes, TimeSpan? failoverLife)
    {
        (Endpoints, Nodes, FailoverLife) = (endpoints, nodes, failoverLife);
        Only = nodes.Length == 1 ? nodes[0] : null;
        _ring = nodes.Length > 1 ? new KetamaRing([.. endpoints.Select(static endpoint => endpoint.ToRing())]) : null;
    }

    /// <summary>In the order of <see cref="Nodes"/>.</summary>
    public IReadOnlyList<MemcachedEndpoint> Endpoints { get; }

    public Node[] Nodes { get; }

    /// <summary>The server, where there is but one.</summary>
    public Node? Only { get; }

    /// <summary>How long what is stored at another server than its own may live at most; null: nothing is.</summary>
    public TimeSpan? FailoverLife { get; }

    /// <summary>How the servers are.</summary>
    public IEnumerable<ServerReading> Readings => Nodes.Select(static node => node.Reading).OfType<ServerReading>();

    /// <summary>Whether every server is known not to answer.</summary>
    public bool IsDown => Array.TrueForAll(Nodes, static node => node.IsDown);

    /// <summary>The server that a key belongs to.</summary>
    /// <exception cref="MemcachedConnectionException">There is none.</exception>
    public Node NodeOf(ReadOnlySpan<byte> route) =>
        Only ?? (_ring is not null ? Nodes[_ring.IndexOf(route)] : throw new MemcachedConnectionException("No cache server is known: none of the configured names could be resolved so far."));

    /// <summary>The next server on the ring that is not down; null when all are.</summary>
    public Node? SubstituteFor(ReadOnlySpan<byte> route)
    {
        if (_ring is null)
        {
            return null;
        }

        var isDown = Nodes.Length <= 256 ? stackalloc bool[Nodes.Length] : new bool[Nodes.Length];
        for (var i = 0; i < isDown.Length; i++)
        {
            isDown[i] = Nodes[i].IsDown;
        }

        var index = _ring.IndexOf(route, isDown);
        return index < 0 ? null : Nodes[index];
    }
}

/// <summary>Servers as the ring takes them.</summary>
internal static class EndpointRing
{
    /// <summary>By what is configured. A Unix-domain socket has no port, and its path for a name, as in libmemcached.</summary>
    public static RingServer ToRing(this MemcachedEndpoint endpoint) => new(endpoint.UnixPath ?? endpoint.Host, endpoint.Port, endpoint.Weight);
}
