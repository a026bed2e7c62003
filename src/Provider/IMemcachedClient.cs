using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>An item returned by memcached.</summary>
public readonly struct MemcachedItem
{
    internal MemcachedItem(byte[] value, uint flags, ulong cas) => (Found, Value, Flags, Cas) = (true, value, flags, cas);

    /// <summary>Whether there was an item. An empty value counts as an item.</summary>
    public bool Found { get; }

    /// <summary>The bytes, which the caller owns; null if not <see cref="Found"/>.</summary>
    public byte[]? Value { get; }

    /// <summary>The 32 client flags.</summary>
    public uint Flags { get; }

    /// <summary>The item's version, for <see cref="IMemcachedClient.CompareAndSwapAsync"/>.</summary>
    public ulong Cas { get; }
}

/// <summary>The outcome of a compare-and-swap.</summary>
public enum CasOutcome
{
    /// <summary>The item was unchanged and has been replaced.</summary>
    Stored,

    /// <summary>The item was changed in the meantime.</summary>
    Exists,

    /// <summary>There is no such item.</summary>
    NotFound,
}

/// <summary>
/// memcached's commands on raw bytes. Thread-safe; all callers share <see cref="MemcachedOptions.ConnectionsPerServer"/> multiplexed connections to each server. Faults are thrown as <see cref="MemcachedException"/>.
/// An operation that was cancelled or timed out may still take effect, but never affects the next one.
/// Source: memcached <c>doc/protocol.txt</c>, "Meta Commands".
/// </summary>
/// <remarks>
/// With several servers, libmemcached's weighted ketama over all of a key's bytes selects its server. With <see cref="OnDeadServer.NextServer"/>, a server's keys move to the next one while
/// it is down, except for numbers that are incremented or decremented. An item stored there lives for at most <see cref="MemcachedOptions.FailoverLife"/>, and does not replace the item on its own server, which
/// may return it when it is back. (The caches take care of that; this client does not.) A removal is performed there, but is still reported as failed, because the key's own server did not receive it.
/// </remarks>
public interface IMemcachedClient
{
    /// <summary>Reads an item.</summary>
    ValueTask<MemcachedItem> GetAsync(MemcachedKey key, CancellationToken cancellationToken = default);

    /// <summary>Reads an item into a buffer, without allocating an array. Returns false, and writes nothing, if there is no item.</summary>
    ValueTask<bool> GetAsync(MemcachedKey key, IBufferWriter<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads many items in one round trip to each server, with up to 1,024 keys each. The result contains only items that were found, under the caller's own keys. If one of several servers does not answer, only its keys are missing. If no server
    /// answers, the method throws.
    /// </summary>
    ValueTask<Dictionary<string, MemcachedItem>> GetManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Reads an item and changes its lifetime, in one round trip.</summary>
    ValueTask<MemcachedItem> GetAndTouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken = default);

    /// <summary>Stores an item. Returns false if <paramref name="expiry"/> had already passed; the item then no longer exists.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The item exceeds the server's limit. Nothing was sent.</exception>
    ValueTask<bool> SetAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores many items, pipelined to all servers at once. Returns the keys that were not stored.</summary>
    ValueTask<IReadOnlyList<string>> SetManyAsync(
        IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> items, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if there is none. Returns false if there is one.</summary>
    ValueTask<bool> AddAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if there already is one. Returns false if there is none.</summary>
    ValueTask<bool> ReplaceAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Appends bytes to an item's value. Returns false if there is no item.</summary>
    ValueTask<bool> AppendAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Prepends bytes to an item's value. Returns false if there is no item.</summary>
    ValueTask<bool> PrependAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if it has not changed since it had <paramref name="cas"/>.</summary>
    ValueTask<CasOutcome> CompareAndSwapAsync(
        MemcachedKey key, ReadOnlyMemory<byte> value, ulong cas, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Removes an item. Returns false if there was none.</summary>
    ValueTask<bool> DeleteAsync(MemcachedKey key, CancellationToken cancellationToken = default);

    /// <summary>Removes many items, pipelined to all servers at once. Returns how many there were. If an item may not have been removed, the method throws after trying all of them.</summary>
    ValueTask<int> DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Adds to a decimal number and returns the sum, which wraps at 2^64; null if there is no item.</summary>
    /// <exception cref="MemcachedServerException">The item is not a number.</exception>
    ValueTask<ulong?> IncrementAsync(MemcachedKey key, ulong delta = 1, CancellationToken cancellationToken = default);

    /// <summary>Subtracts from a decimal number and returns the difference, which is at least 0; null if there is no item.</summary>
    /// <exception cref="MemcachedServerException">The item is not a number.</exception>
    ValueTask<ulong?> DecrementAsync(MemcachedKey key, ulong delta = 1, CancellationToken cancellationToken = default);

    /// <summary>Changes an item's lifetime. Returns false if there is no item.</summary>
    ValueTask<bool> TouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken = default);

    /// <summary>The names of the servers, as configured or as discovered.</summary>
    IReadOnlyList<string> Servers { get; }

    /// <summary>The name of the server that a key belongs to, whether or not that server is reachable.</summary>
    string ServerOf(MemcachedKey key);

    /// <summary>Gets a server's statistics; <paramref name="argument"/> is as in memcached, for example <c>settings</c> or <c>items</c>.</summary>
    /// <param name="argument">The requested statistics; null for the general ones.</param>
    /// <param name="server">One of <see cref="Servers"/>; optional if there is only one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedClientException">There are several servers and none was specified, or there is no server of that name.</exception>
    ValueTask<IReadOnlyDictionary<string, string>> StatsAsync(string? argument = null, string? server = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the statistics of all servers, in the order of <see cref="Servers"/>. A server that does not answer has a <see cref="MemcachedServerStatistics.Fault"/>. If no server answers, the fault is thrown.
    /// </summary>
    ValueTask<IReadOnlyList<MemcachedServerStatistics>> ServerStatisticsAsync(string? argument = null, CancellationToken cancellationToken = default);

    /// <summary>Gets the version of a server, for example <c>1.6.18</c>.</summary>
    /// <param name="server">One of <see cref="Servers"/>; null for the oldest version of all servers that answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<string> VersionAsync(string? server = null, CancellationToken cancellationToken = default);

    /// <summary>Invalidates every item on every server, including those of other applications, now or after a delay of whole seconds. If a server failed to do so, the method throws after asking all of them.</summary>
    ValueTask FlushAllAsync(TimeSpan delay = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a custom command line over its own connection, and returns the reply up to and including <paramref name="endToken"/>.
    /// The line must not contain CR or LF. Intended for commands that this interface does not wrap.
    /// </summary>
    /// <param name="command">The line.</param>
    /// <param name="endToken">The end of the reply; must itself end with CR LF.</param>
    /// <param name="server">One of <see cref="Servers"/>; optional if there is only one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<byte[]> RawAsync(string command, string endToken = "\r\n", string? server = null, CancellationToken cancellationToken = default);
}
