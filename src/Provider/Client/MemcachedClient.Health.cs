using ScopedCaching.Memcached.Nodes;

namespace ScopedCaching.Memcached.Client;

/// <content>What stores ask of the servers' health.</content>
internal sealed partial class MemcachedClient
{
    /// <summary>Whether all servers are known not to answer.</summary>
    public bool IsDown => pool.Current is var servers && servers.Only is { } only ? only.IsDown : servers.IsDown;

    /// <summary>What the current thread asks until <see cref="SendGathered"/>, of whichever servers, is sent together. Nothing is awaited in between.</summary>
    public static void Gather() => ServerPool.Gather();

    public static void GatherLast() => ServerPool.GatherLast();

    public static void SendGathered() => ServerPool.SendGathered();

    /// <summary>Remembers a removal for the server that the key belongs to; false: there is no room.</summary>
    /// <param name="key">Printable ASCII, so that it goes over the wire as it is.</param>
    /// <param name="usesReserve">Whether it clears more than itself.</param>
    public bool Remember(ReadOnlyMemory<byte> key, bool usesReserve = false)
    {
        var servers = pool.Current;
        return servers.Nodes.Length > 0 && servers.NodeOf(keysAreSealed ? SealedRoute.Of(key.Span) : key.Span).Remember(key.Span, usesReserve);
    }
}
