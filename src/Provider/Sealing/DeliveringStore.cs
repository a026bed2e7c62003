namespace ScopedCaching.Memcached.Sealing;

/// <summary>The store, whose reads wait until what was undelivered is delivered: as long as it is not, they fail.</summary>
internal sealed class DeliveringStore(ICacheStore store, FaultPolicy faults) : ICacheStore
{
    public Undelivered Undelivered { get; } = new(store, faults);

    public StoreCapabilities Capabilities => store.Capabilities;

    public long LargestValue => store.LargestValue;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetAsync(key, withValue, cancellationToken) : WaitAsync(() => store.GetAsync(key, withValue, cancellationToken), cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetOrLeaseAsync(key, lease, cancellationToken) : WaitAsync(() => store.GetOrLeaseAsync(key, lease, cancellationToken), cancellationToken);

    public ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        Undelivered.IsEmpty ? store.GetManyAsync(keys, cancellationToken) : WaitAsync(() => store.GetManyAsync(keys, cancellationToken), cancellationToken);

    public ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken) => store.SetAsync(key, write, cancellationToken);

    public ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken) =>
        store.SetManyAsync(items, cancellationToken);

    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) => store.RemoveAsync(key, version, cancellationToken);

    public ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) => store.RemoveManyAsync(keys, cancellationToken);

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life) => store.Touch(key, life);

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        store.AddToCounterAsync(key, delta, life, cancellationToken);

    private async ValueTask<T> WaitAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken) =>
        await Undelivered.TryDeliverAsync(cancellationToken).ConfigureAwait(false)
            ? await read().ConfigureAwait(false)
            : throw new MemcachedConnectionException("Removals that the server has not got yet must reach it before anything is read from it.");
}
