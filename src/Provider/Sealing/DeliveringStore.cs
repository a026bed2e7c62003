namespace ScopedCaching.Memcached.Sealing;

/// <summary>The store, whose reads wait until what was undelivered is delivered: as long as it is not, they fail.</summary>
internal sealed class DeliveringStore(ICacheStore store, FaultPolicy faults) : ICacheStore
{
    public Undelivered Undelivered { get; } = new(store, faults);

    public StoreCapabilities Capabilities => store.Capabilities;

    public long LargestValue => store.LargestValue;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetAsync(key, withValue, cancellationToken) : DeliverAndGetAsync(key, withValue, cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetOrLeaseAsync(key, lease, cancellationToken) : DeliverAndLeaseAsync(key, lease, cancellationToken);

    public ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetManyAsync(keys, cancellationToken) : DeliverAndGetAsync(keys, cancellationToken);

    public ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken) => store.SetAsync(key, write, cancellationToken);

    public ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken) =>
        store.SetManyAsync(items, cancellationToken);

    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) => store.RemoveAsync(key, version, cancellationToken);

    public ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) => store.RemoveManyAsync(keys, cancellationToken);

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life) => store.Touch(key, life);

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        store.AddToCounterAsync(key, delta, life, cancellationToken);

    // Methods of their own, and no lambdas: what those capture would be allocated by every read.
    private async ValueTask<StoredItem> DeliverAndGetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken)
    {
        await DeliverAsync(cancellationToken).ConfigureAwait(false);
        return await store.GetAsync(key, withValue, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<StoredItem> DeliverAndLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken)
    {
        await DeliverAsync(cancellationToken).ConfigureAwait(false);
        return await store.GetOrLeaseAsync(key, lease, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<StoredItem[]> DeliverAndGetAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        await DeliverAsync(cancellationToken).ConfigureAwait(false);
        return await store.GetManyAsync(keys, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask DeliverAsync(CancellationToken cancellationToken)
    {
        if (!await Undelivered.TryDeliverAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new MemcachedConnectionException("Removals that the server has not got yet must reach it before anything is read from it.");
        }
    }
}
