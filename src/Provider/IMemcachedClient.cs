using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>An item that memcached returned.</summary>
public readonly struct MemcachedItem
{
    internal MemcachedItem(byte[] value, uint flags, ulong cas) => (Found, Value, Flags, Cas) = (true, value, flags, cas);

    /// <summary>Whether there was an item; an empty value is one.</summary>
    public bool Found { get; }

    /// <summary>The bytes, the caller's own; null when not <see cref="Found"/>.</summary>
    public byte[]? Value { get; }

    /// <summary>The 32 client flags.</summary>
    public uint Flags { get; }

    /// <summary>The item's version, for <see cref="IMemcachedClient.CompareAndSwapAsync"/>.</summary>
    public ulong Cas { get; }
}

/// <summary>What came of a compare and swap.</summary>
public enum CasOutcome
{
    /// <summary>The item was unchanged, and is replaced.</summary>
    Stored,

    /// <summary>The item was changed meanwhile.</summary>
    Exists,

    /// <summary>There is no such item.</summary>
    NotFound,
}

/// <summary>
/// memcached's verbs on raw bytes. Thread-safe; all callers share <see cref="MemcachedOptions.ConnectionsPerServer"/> multiplexed connections to each server. Faults are thrown as <see cref="MemcachedException"/>;
/// a cancelled or timed-out operation may still take effect, and never disturbs the next one.
/// Source: memcached <c>doc/protocol.txt</c>, "Meta Commands".
/// </summary>
/// <remarks>
/// Which of several servers a key belongs to is told by libmemcached's weighted ketama over the key's bytes, all of them. With <see cref="OnDeadServer.NextServer"/> a server's keys go to the next one while
/// it is down, except for numbers that are added to or subtracted from: an item stored there lives for <see cref="MemcachedOptions.FailoverLife"/> at most, and does not replace what its own server still holds and may
/// answer again when it is back. (The caches remember that, and this client does not.) A removal takes place there and is told as failed all the same, because the own server did not see it.
/// </remarks>
public interface IMemcachedClient
{
    /// <summary>Reads an item.</summary>
    ValueTask<MemcachedItem> GetAsync(MemcachedKey key, CancellationToken cancellationToken = default);

    /// <summary>Reads an item into a buffer, without an array of its own; false, and nothing written, when there is none.</summary>
    ValueTask<bool> GetAsync(MemcachedKey key, IBufferWriter<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads many items in one round trip to each server, of up to 1,024 keys each. Only what was found is in the result, under the caller's own keys: of several servers one that does not answer costs its own keys only. When nobody answers,
    /// that is thrown.
    /// </summary>
    ValueTask<Dictionary<string, MemcachedItem>> GetManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Reads an item and gives it another life, in one round trip.</summary>
    ValueTask<MemcachedItem> GetAndTouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken = default);

    /// <summary>Stores an item. False when it was already past its <paramref name="expiry"/>: then there is no item any more.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The item is above the server's limit. Nothing was sent.</exception>
    ValueTask<bool> SetAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores many items, pipelined to all servers at once, and returns the keys that were not stored.</summary>
    ValueTask<IReadOnlyList<string>> SetManyAsync(
        IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> items, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if there is none; false when there is.</summary>
    ValueTask<bool> AddAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if there is one; false when there is none.</summary>
    ValueTask<bool> ReplaceAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Puts bytes behind an item's value; false when there is no item.</summary>
    ValueTask<bool> AppendAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Puts bytes before an item's value; false when there is no item.</summary>
    ValueTask<bool> PrependAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Stores an item if nobody has changed it since it had <paramref name="cas"/>.</summary>
    ValueTask<CasOutcome> CompareAndSwapAsync(
        MemcachedKey key, ReadOnlyMemory<byte> value, ulong cas, Expiry expiry = default, uint flags = 0, CancellationToken cancellationToken = default);

    /// <summary>Removes an item; false when there was none.</summary>
    ValueTask<bool> DeleteAsync(MemcachedKey key, CancellationToken cancellationToken = default);

    /// <summary>Removes many items, pipelined to all servers at once, and returns how many there were. When one may not have been removed, that is thrown, after all were tried.</summary>
    ValueTask<int> DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Adds to a decimal number and returns the sum, which wraps at 2^64; null when there is no item.</summary>
    /// <exception cref="MemcachedServerException">The item is no number.</exception>
    ValueTask<ulong?> IncrementAsync(MemcachedKey key, ulong delta = 1, CancellationToken cancellationToken = default);

    /// <summary>Subtracts from a decimal number and returns the difference, at least 0; null when there is no item.</summary>
    /// <exception cref="MemcachedServerException">The item is no number.</exception>
    ValueTask<ulong?> DecrementAsync(MemcachedKey key, ulong delta = 1, CancellationToken cancellationToken = default);

    /// <summary>Gives an item another life; false when there is none.</summary>
    ValueTask<bool> TouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken = default);

    /// <summary>The names of the servers, as they are configured, or as they were found.</summary>
    IReadOnlyList<string> Servers { get; }

    /// <summary>The name of the server that a key belongs to, whether or not it can be reached.</summary>
    string ServerOf(MemcachedKey key);

    /// <summary>A server's statistics; <paramref name="argument"/> as in memcached, such as <c>settings</c> or <c>items</c>.</summary>
    /// <param name="argument">What is asked for; null for the general ones.</param>
    /// <param name="server">One of <see cref="Servers"/>; may be left out where there is but one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedClientException">There are several servers and none was named, or there is none of that name.</exception>
    ValueTask<IReadOnlyDictionary<string, string>> StatsAsync(string? argument = null, string? server = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// The statistics of all servers, in the order of <see cref="Servers"/>. One that does not answer is told by its <see cref="MemcachedServerStatistics.Fault"/>; when none answers, its fault is thrown.
    /// </summary>
    ValueTask<IReadOnlyList<MemcachedServerStatistics>> ServerStatisticsAsync(string? argument = null, CancellationToken cancellationToken = default);

    /// <summary>The version of a server, such as <c>1.6.18</c>.</summary>
    /// <param name="server">One of <see cref="Servers"/>; null for the oldest version of all servers that answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<string> VersionAsync(string? server = null, CancellationToken cancellationToken = default);

    /// <summary>Makes every item of every server invalid, whoever it belongs to, now or after a delay of whole seconds. Throws when a server did not, after all were told.</summary>
    ValueTask FlushAllAsync(TimeSpan delay = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends one line of one's own, over a connection of its own, and returns the reply up to and including <paramref name="endToken"/>.
    /// The line may not hold CR or LF. For what this interface does not wrap.
    /// </summary>
    /// <param name="command">The line.</param>
    /// <param name="endToken">How its reply ends; ends with CR LF itself.</param>
    /// <param name="server">One of <see cref="Servers"/>; may be left out where there is but one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<byte[]> RawAsync(string command, string endToken = "\r\n", string? server = null, CancellationToken cancellationToken = default);
}
