using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>
/// The shared cache for who does not read it, or does not write it. What is not read is a miss without a round trip; what is not written counts as stored, so that
/// it goes on into memory. Removals, clears and touches are the shared cache's own.
/// </summary>
internal sealed class PartialStore(IFreshStore whole, TierAccess access) : IFreshStore
{
    private readonly bool _reads = access.HasFlag(TierAccess.ReadShared);
    private readonly bool _writes = access.HasFlag(TierAccess.WriteShared);

    public bool CanLease => false;

    public ValueTask<FreshEntry<T>> ReadAsync<T>(EntryAddress address, EntryRead? read, CancellationToken cancellationToken) =>
        _reads ? whole.ReadAsync<T>(address, read, cancellationToken) : default;

    /// <summary>Nobody leases: a lease is a write, and for who does not read there is nothing to wait for. The ids to write under are read still.</summary>
    public async ValueTask<FreshEntry<T>> ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(read);
        return !_writes ? default
            : new FreshEntry<T> { Generations = await whole.GenerationsAsync(address.Scope, read.Tags).ConfigureAwait(false) };
    }

    public ValueTask<EntryLease?> LeaseAsync(EntryAddress address, ulong version, TimeSpan lease) => default;

    public ValueTask<FreshEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return _reads ? whole.ReadManyAsync<T>(addresses, read, cancellationToken) : new ValueTask<FreshEntry<T>[]>(new FreshEntry<T>[addresses.Count]);
    }

    public ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken) =>
        _reads ? whole.RevalidateAsync(address, stamp, cancellationToken) : new ValueTask<ReadOutcome>(ReadOutcome.Miss);

    public ValueTask<EntryGenerations?> GenerationsAsync(EntryScope scope, EntryTags? tags, CancellationToken cancellationToken) =>
        whole.GenerationsAsync(scope, tags, cancellationToken);

    public ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken) =>
        _writes ? whole.WriteAsync(address, value, write, generations, cancellationToken) : new ValueTask<WriteOutcome>(WriteOutcome.Stored);

    public ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return _writes ? whole.WriteManyAsync(entries, write, generations, cancellationToken) : new ValueTask<WriteOutcome[]>(new WriteOutcome[entries.Count]);
    }

    public ValueTask<(WriteOutcome Outcome, T? Value)> UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken) =>
        whole.UpdateAsync(address, read, update, cancellationToken);

    public ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken) => whole.RemoveAsync(address, cancellationToken);

    public ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken) => whole.TouchAsync(address, life, cancellationToken);

    public ValueTask<bool> ClearAsync(EntryScope scope, CancellationToken cancellationToken) => whole.ClearAsync(scope, cancellationToken);

    public ValueTask<bool> RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken) => whole.RemoveByTagsAsync(scope, tags, cancellationToken);

    public bool Watch(EntryScope scope, EntryGenerations generations) => whole.Watch(scope, generations);

    public ValueTask<bool> HaveWatchedChangedAsync(CancellationToken cancellationToken) => whole.HaveWatchedChangedAsync(cancellationToken);

    public EntryPayload Pack<T>(T value, EntryFormat? format) => whole.Pack(value, format);

    public bool TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value) => whole.TryUnpack(payload, format, out value);
}
