namespace ScopedCaching.Memcached.Client;

/// <content>What stores ask of the servers' health.</content>
internal sealed partial class MemcachedClient
{
    /// <summary>Whether all servers are known not to answer.</summary>
    public bool IsDown => servers.Server.IsDown;

    /// <summary>Remembers a removal for the server that has the key; false: there is no room.</summary>
    /// <param name="key">Printable ASCII, so that it goes over the wire as it is.</param>
    /// <param name="usesReserve">Whether it clears more than itself.</param>
    public bool Remember(ReadOnlyMemory<byte> key, bool usesReserve = false) => servers.Server.Remember(key.Span, usesReserve);
}
