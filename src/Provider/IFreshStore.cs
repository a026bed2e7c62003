namespace ScopedCaching.Memcached;

/// <summary>
/// Entries that are valid only as long as their generations are current, and leases on the right to create them: what a scoped cache needs in addition to <see cref="ISealedStore"/>.
/// A clear or the removal of a tag replaces an id, and every entry written under the previous id becomes a miss. Thread-safe.
/// Faults are reported as outcomes, as in <see cref="ISealedStore"/>.
/// </summary>
/// <remarks>
/// On a store without <see cref="StoreCapabilities.Lease"/>, no caller ever gets a lease or waits for one. Without
/// <see cref="StoreCapabilities.CompareAndSwap"/>, conditional writes behave as the store itself defines.
/// </remarks>
public interface IFreshStore
{
    /// <summary>Whether the store has leases. If not, no caller gets one, and none is needed.</summary>
    bool CanLease { get; }

    /// <summary>Reads an entry and the generations it depends on, in one round trip; a second round trip is needed if the entry has tags that were not expected.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the operation.</exception>
    ValueTask<FreshEntry<T>> ReadAsync<T>(EntryAddress address, EntryRead? read = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Like <see cref="ReadAsync{T}"/>. If no usable entry is found, one caller in the fleet gets <see cref="FreshEntry{T}.Lease"/>, and the others
    /// get <see cref="FreshEntry{T}.IsLeased"/>. Cannot be cancelled, because a lease without a known holder would keep the others waiting.
    /// </summary>
    /// <param name="address">The entry.</param>
    /// <param name="read">How it is read.</param>
    /// <param name="lease">How long the lease lasts after its holder's last sign of life; at least one second.</param>
    ValueTask<FreshEntry<T>> ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease);

    /// <summary>Takes the lease for replacing an existing entry, provided it still has <paramref name="version"/>. Returns null if another caller has the lease, or if the entry has changed.</summary>
    ValueTask<EntryLease?> LeaseAsync(EntryAddress address, ulong version, TimeSpan lease);

    /// <summary>Reads many entries of one scope and their generations. The results are in the order of the addresses.</summary>
    ValueTask<FreshEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read = null, CancellationToken cancellationToken = default);

    /// <summary>Checks whether an entry that was read before is unchanged and still valid, without reading its value: one round trip.</summary>
    /// <returns><see cref="ReadOutcome.Hit"/> if it is; for any other outcome, read it again.</returns>
    ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken = default);

    /// <summary>Gets the ids under which entries of this scope are currently written; a missing id is created. Returns null if they could not be read.</summary>
    ValueTask<EntryGenerations?> GenerationsAsync(EntryScope scope, EntryTags? tags = null, CancellationToken cancellationToken = default);

    /// <summary>Writes an entry. Its condition refers to whether there is a valid entry.</summary>
    /// <param name="address">The entry.</param>
    /// <param name="value">The value.</param>
    /// <param name="write">How it is written.</param>
    /// <param name="generations">The value of <see cref="FreshEntry{T}.Generations"/> from before the value was created; null for the current ones.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit and may not be split, or exceeds the largest size that may be split.</exception>
    ValueTask<WriteOutcome> WriteAsync<T>(
        EntryAddress address, T value, EntryWrite write, EntryGenerations? generations = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Computes a new value from the current one, and stores it only if the entry has not changed in the meantime; otherwise it reads again and repeats. Callers within this process take turns.
    /// </summary>
    /// <param name="address">The entry.</param>
    /// <param name="read">How it is read; including the generations of its tags.</param>
    /// <param name="update">Computes the new value and specifies how it is written. It may run several times. Condition and version of its write are set by this method.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome, and the value that was computed last.</returns>
    ValueTask<(WriteOutcome Outcome, T? Value)> UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken = default);

    /// <summary>Writes many entries of one scope, pipelined. The outcomes are in the order of the entries.</summary>
    /// <exception cref="MemcachedValueTooLargeException">A sealed value exceeds the server's item limit and may not be split, or exceeds the largest size that may be split; nothing was written.</exception>
    ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations = null, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry, and revokes the lease of a caller that is creating it. Also works when the cache is switched off.</summary>
    ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken = default);

    /// <summary>Restarts the lifetime of a valid entry from now. Returns <see cref="WriteOutcome.NotStored"/> if there was none, or if it changed in the meantime.</summary>
    ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken = default);

    /// <summary>Makes every entry of the scope a miss, immediately and for all processes: the entries of its level if it has no view, otherwise those of the view. Returns false if the clear was not delivered.</summary>
    ValueTask<bool> ClearAsync(EntryScope scope, CancellationToken cancellationToken = default);

    /// <summary>Makes every entry with any of the tags a miss, in all views of the scope's level. Returns false if not all removals were delivered.</summary>
    ValueTask<bool> RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken = default);

    /// <summary>Starts watching the generations of an entry that is kept elsewhere. Returns false if they have already changed.</summary>
    /// <param name="scope">The entry's scope.</param>
    /// <param name="generations">The generations under which the entry was found.</param>
    bool Watch(EntryScope scope, EntryGenerations generations);

    /// <summary>
    /// Whether any watched generation has changed since the last call, or since it was first watched: one batch of reads without values. Generations that cannot be read count as
    /// unchanged. Generations that changed, and those that have not been watched again for a while, are no longer watched.
    /// </summary>
    ValueTask<bool> HaveWatchedChangedAsync(CancellationToken cancellationToken = default);

    /// <summary>Converts a value to the bytes that would be sealed.</summary>
    EntryPayload Pack<T>(T value, EntryFormat? format = null);

    /// <summary>Converts bytes to a value. Returns false if they are not of the requested type. Every call returns a new object.</summary>
    bool TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value);
}
