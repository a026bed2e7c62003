namespace ScopedCaching.Memcached;

/// <summary>
/// Entries that count only while their generations do, and leases on the right to create them: <see cref="ISealedStore"/> with what a
/// scoped cache needs beyond it. A clear or the removal of a tag replaces an id, and every entry written under the former one is a miss. Thread-safe.
/// Faults give outcomes, as in <see cref="ISealedStore"/>.
/// </summary>
/// <remarks>
/// On a store without <see cref="StoreCapabilities.Lease"/> nobody ever wins a lease or waits for one; without
/// <see cref="StoreCapabilities.CompareAndSwap"/> conditional writes are the store's own.
/// </remarks>
public interface IFreshStore
{
    /// <summary>Whether the store has leases. Where it has none, nobody wins one, and nobody needs to.</summary>
    bool CanLease { get; }

    /// <summary>Reads an entry and the generations that it depends on, in one round trip; a second one where it bears tags that nobody foresaw.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<FreshEntry<T>> ReadAsync<T>(EntryAddress address, EntryRead? read = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="ReadAsync{T}"/>, and where nothing usable is found, one caller of all gets <see cref="FreshEntry{T}.Lease"/>; the others
    /// find <see cref="FreshEntry{T}.IsLeased"/>. Cannot be cancelled: a lease that nobody knows of would keep the others waiting.
    /// </summary>
    /// <param name="address">The entry.</param>
    /// <param name="read">How it is read.</param>
    /// <param name="lease">How long the lease lasts after its holder's last sign of life; one second or more.</param>
    ValueTask<FreshEntry<T>> ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease);

    /// <summary>Takes the lease on replacing an entry that is there, while it has <paramref name="version"/>; null when another has it, or the entry changed.</summary>
    ValueTask<EntryLease?> LeaseAsync(EntryAddress address, ulong version, TimeSpan lease);

    /// <summary>Reads many entries of one scope and their generations. The results stand in the order of the addresses.</summary>
    ValueTask<FreshEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read = null, CancellationToken cancellationToken = default);

    /// <summary>Whether an entry that was read before is still the same and still counts, without reading its value: one round trip.</summary>
    /// <returns><see cref="ReadOutcome.Hit"/> when it is; anything else: read it again.</returns>
    ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken = default);

    /// <summary>The ids that entries of this scope are written under now; one is made where there is none. Null when they could not be read.</summary>
    ValueTask<EntryGenerations?> GenerationsAsync(EntryScope scope, EntryTags? tags = null, CancellationToken cancellationToken = default);

    /// <summary>Writes an entry. Its condition is met or not by whether there is an entry that counts.</summary>
    /// <param name="address">The entry.</param>
    /// <param name="value">The value.</param>
    /// <param name="write">How it is written.</param>
    /// <param name="generations">What <see cref="FreshEntry{T}.Generations"/> was before the value was made; null for what is current.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value is above the server's item limit and may not be split, or above the largest that may.</exception>
    ValueTask<WriteOutcome> WriteAsync<T>(
        EntryAddress address, T value, EntryWrite write, EntryGenerations? generations = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a new value of what is there, and stores it only while nobody else changed it; else reads again and repeats, one caller of this process after the other.
    /// </summary>
    /// <param name="address">The entry.</param>
    /// <param name="read">How it is read; with its tags' generations.</param>
    /// <param name="update">Makes the new value, and says how it is written; may run several times. Its condition and version are ours to set.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What came of it, and the value that was made last.</returns>
    ValueTask<(WriteOutcome Outcome, T? Value)> UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken = default);

    /// <summary>Writes many entries of one scope, pipelined. The outcomes stand in the order of the entries.</summary>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value is above the server's item limit and may not be split, or above the largest that may; nothing was written.</exception>
    ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations = null, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry, and takes the lease from whoever is creating it. Works when the cache is switched off, too.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>Gives an entry that counts a new life from now on; <see cref="WriteOutcome.NotStored"/> when there was none or it changed meanwhile.</summary>
    ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken = default);

    /// <summary>Makes every entry of the scope a miss, at once and for everybody: of its level when it has no view, else of the view. False: not delivered.</summary>
    ValueTask<bool> ClearAsync(EntryScope scope, CancellationToken cancellationToken = default);

    /// <summary>Makes every entry with one of the tags a miss, in all views of the scope's level. False: not all were delivered.</summary>
    ValueTask<bool> RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken = default);

    /// <summary>From now on the generations of an entry that is kept elsewhere are watched. False: they have changed already.</summary>
    /// <param name="scope">The entry's.</param>
    /// <param name="generations">Under which the entry was found.</param>
    bool Watch(EntryScope scope, EntryGenerations generations);

    /// <summary>
    /// Whether any generation that is watched has changed since it was asked last, or since it is watched: one batch of reads without values. What cannot be asked counts as
    /// unchanged. What changed, and what nobody has watched again for a while, is watched no more.
    /// </summary>
    ValueTask<bool> HaveWatchedChangedAsync(CancellationToken cancellationToken = default);

    /// <summary>A value as the bytes that would be sealed.</summary>
    EntryPayload Pack<T>(T value, EntryFormat? format = null);

    /// <summary>A value from bytes; false when they are not of the type asked for. Every call gives an object of its own.</summary>
    bool TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value);
}
