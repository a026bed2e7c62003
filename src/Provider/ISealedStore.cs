using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>
/// Typed values under full addresses, sealed on their way to whatever stores them: the one road to entries for every cache
/// above. Thread-safe. A cache that cannot be reached gives outcomes, not exceptions, unless
/// <see cref="MemcachedOptions.OnFailure"/> says to throw.
/// </summary>
public interface ISealedStore
{
    /// <summary>
    /// The largest value that is stored, in bytes as it is stored (sealed, compressed where that helps): what an item of the store may take, or
    /// <see cref="MemcachedOptions.MaxValueSize"/> where larger ones are split. It may change: a server tells its limit when it is connected to.
    /// </summary>
    long LargestValue { get; }

    /// <summary>Reads an entry.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Reads an entry of bytes into a buffer, without an array of its own. Nothing is written unless it is a hit.</summary>
    ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>Reads many entries in one round trip a server, of up to 1,024 keys each. The results stand in the order of the addresses.</summary>
    ValueTask<SealedEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Writes an entry.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit and may not be split, or above the largest that may.</exception>
    ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes many entries, pipelined. The outcomes stand in the order of the entries.</summary>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value is above the server's item limit and may not be split, or above the largest that may; nothing was written.</exception>
    ValueTask<WriteOutcome[]> WriteManyAsync<T>(IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry. Works when the cache is switched off, too.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>Removes many entries, pipelined. The outcomes stand in the order of the addresses.</summary>
    ValueTask<RemoveOutcome[]> RemoveManyAsync(IReadOnlyList<EntryAddress> addresses, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives an entry a new life from now on. The deadline is sealed with the value, so the entry is read, sealed anew and
    /// swapped in only if nobody changed it meanwhile: <see cref="WriteOutcome.NotStored"/> when there was no entry or it changed.
    /// </summary>
    ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryLife life, EntryFormat? format = null, CancellationToken cancellationToken = default);

    /// <summary>Starts an entry's sliding window anew, without moving its value. Silent when there is no entry.</summary>
    ValueTask RefreshAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds to a counter and returns its new value; an absent one starts at 0. Counters are decimal text that the server itself adds to, so
    /// they are <b>not sealed</b>: they stand in a namespace of their own under a hashed key, and no other read takes them for values.
    /// Never below 0. Null when the cache could not be asked, or is switched off.
    /// </summary>
    /// <param name="address">Which counter.</param>
    /// <param name="delta">How much to add; negative subtracts.</param>
    /// <param name="life">The life of a counter created by this call; a counter that exists keeps its own. Only <see cref="EntryLife.Absolute"/> counts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ulong?> AddToCounterAsync(EntryAddress address, long delta, EntryLife life = default, CancellationToken cancellationToken = default);

    /// <summary>A short hash of the wire key, by which logs and people may name an entry without knowing its key: 16 hexadecimal digits.</summary>
    string Fingerprint(EntryAddress address);
}
