namespace ScopedCaching.Memcached.Client;

/// <content>What stores ask of the servers' health.</content>
internal sealed partial class MemcachedClient
{
    /// <summary>Whether all servers are known not to answer.</summary>
    public bool IsDown => Array.TrueForAll(pool.Current.Nodes, static node => node.IsDown);

    /// <summary>Remembers a removal for the server that has the key, whoever took its place meanwhile; false: there is no room.</summary>
    /// <param name="key">Printable ASCII, so that it goes over the wire as it is.</param>
    /// <param name="usesReserve">Whether it clears more than itself.</param>
    public bool Remember(ReadOnlyMemory<byte> key, bool usesReserve = false) =>
        pool.Current.NodeOf(keysAreSealed ? SealedRoute.Of(key.Span) : key.Span).Remember(key.Span, usesReserve);
}
