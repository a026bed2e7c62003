namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// No store: nothing is ever found, and writes come to the same as with the cache switched off. Without capabilities, so that nobody waits for a lease that no one
/// holds, or takes "not stored" for somebody else's value.
/// </summary>
internal sealed class NullStore : ICacheStore
{
    public StoreCapabilities Capabilities => StoreCapabilities.None;

    public long LargestValue => long.MaxValue;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) => AnswerAsync<StoredItem>(default, cancellationToken);

    public ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        AnswerAsync(new StoredItem[keys.Length], cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        AnswerAsync<StoredItem>(default, cancellationToken);

    public ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken) =>
        AnswerAsync(WriteOutcome.Disabled, cancellationToken);

    public ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[items.Length];
        Array.Fill(outcomes, WriteOutcome.Disabled);
        return AnswerAsync(outcomes, cancellationToken);
    }

    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) => AnswerAsync(false, cancellationToken);

    public ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var removed = new bool?[keys.Length];
        Array.Fill(removed, false);
        return AnswerAsync(removed, cancellationToken);
    }

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life)
    {
        // There is nothing to touch.
    }

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        AnswerAsync<ulong?>(null, cancellationToken);

    private static ValueTask<T> AnswerAsync<T>(T answer, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<T>(cancellationToken) : ValueTask.FromResult(answer);
}
