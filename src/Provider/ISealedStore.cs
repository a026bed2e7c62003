using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>
/// Typed values under full addresses, sealed before they reach the store. All caches above access entries only
/// through this interface. Thread-safe. If the cache cannot be reached, outcomes are returned instead of exceptions, unless
/// <see cref="MemcachedOptions.OnFailure"/> says to throw.
/// </summary>
public interface ISealedStore
{
    /// <summary>
    /// The largest value that is stored, in bytes as stored (sealed, and compressed if that helps): the store's item limit, or
    /// <see cref="MemcachedOptions.MaxValueSize"/> if larger values are split. It may change, because a server's limit is only known once it is connected.
    /// </summary>
    long LargestValue { get; }

    /// <summary>Reads an entry.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the operation.</exception>
    ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Reads an entry of bytes into a buffer, without allocating an array. Nothing is written unless it is a hit.</summary>
    ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>Reads many entries in one round trip per server, with up to 1,024 keys each. The results are in the order of the addresses.</summary>
    ValueTask<SealedEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Writes an entry.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit and may not be split, or exceeds the largest size that may be split.</exception>
    ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes many entries, pipelined. The outcomes are in the order of the entries.</summary>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value exceeds the server's item limit and may not be split, or exceeds the largest size that may be split; nothing was written.</exception>
    ValueTask<WriteOutcome[]> WriteManyAsync<T>(IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry. Also works when the cache is switched off.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>Removes many entries, pipelined. The outcomes are in the order of the addresses.</summary>
    ValueTask<RemoveOutcome[]> RemoveManyAsync(IReadOnlyList<EntryAddress> addresses, CancellationToken cancellationToken = default);

    /// <summary>
    /// Restarts an entry's lifetime from now. The deadline is sealed with the value, so the entry is read, sealed again and
    /// swapped in only if it has not changed in the meantime. Returns <see cref="WriteOutcome.NotStored"/> if there was no entry, or if it changed.
    /// </summary>
    ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryLife life, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Restarts an entry's sliding window without transferring its value. Does nothing if there is no entry.</summary>
    ValueTask RefreshAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds to a counter and returns its new value. An absent counter starts at 0. Counters are decimal text that the server itself adds to, so
    /// they are <b>not sealed</b>: they have a separate namespace under a hashed key, and no other read mistakes them for values.
    /// A counter never goes below 0. Returns null if the cache could not be reached, or is switched off.
    /// </summary>
    /// <param name="address">Which counter.</param>
    /// <param name="delta">How much to add; negative subtracts.</param>
    /// <param name="life">The lifetime of a counter created by this call; an existing counter keeps its own. Only <see cref="EntryLife.Absolute"/> is used.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ulong?> AddToCounterAsync(EntryAddress address, long delta, EntryLife life = default, CancellationToken cancellationToken = default);

    /// <summary>A short hash of the wire key, which identifies an entry for logs and people without revealing its key: 16 hexadecimal digits.</summary>
    string Fingerprint(EntryAddress address);
}
