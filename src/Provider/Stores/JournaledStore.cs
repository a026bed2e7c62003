using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// A store that cannot remember removals, with a journal around it: as long as one is not delivered nothing is read. One journal for the whole store, because nobody here
/// knows how many servers stand behind it.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="journal">One that the store itself writes in, too.</param>
internal sealed class JournaledStore(ICacheStore store, RemovalJournal? journal = null) : ICacheStore
{
    private const int Batch = 512;

    private readonly RemovalJournal _journal = journal ?? new RemovalJournal();
    private readonly Lock _lock = new();
    private Task? _attempt;

    public StoreCapabilities Capabilities => store.Capabilities;

    public bool IsDown => store.IsDown;

    /// <summary>How many removals the store has not got yet.</summary>
    public int Undelivered => _journal.Count;

    public void Gather() => store.Gather();

    public void GatherLast() => store.GatherLast();

    public void SendGathered() => store.SendGathered();

    public long LargestValue => store.LargestValue;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        _journal.IsEmpty ? store.GetAsync(key, withValue, cancellationToken) : DeliverAndGetAsync(key, withValue, cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        _journal.IsEmpty ? store.GetOrLeaseAsync(key, lease, cancellationToken) : DeliverAndLeaseAsync(key, lease, cancellationToken);

    public ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        _journal.IsEmpty ? store.GetManyAsync(keys, cancellationToken) : DeliverAndGetAsync(keys, cancellationToken);

    public async ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await store.SetAsync(key, write, cancellationToken).ConfigureAwait(false);
            return outcome != WriteOutcome.Unavailable || write.Condition != WriteCondition.Always || TryAdd(key) ? outcome
                : throw new MemcachedUndeliveredException(isRemembered: false);
        }
        catch (Exception fault) when (IsFault(fault) && write.Condition == WriteCondition.Always && !TryAdd(key))
        {
            throw new MemcachedUndeliveredException(isRemembered: false, fault);
        }
    }

    public async ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[items.Length];
        Exception? cause = null;
        try
        {
            outcomes = await store.SetManyAsync(items, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            cause = fault;
            Array.Fill(outcomes, WriteOutcome.Unavailable);
        }

        var isRemembered = true;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (key, write) = (items.Span[i].Key, items.Span[i].Value);
            isRemembered &= outcomes[i] != WriteOutcome.Unavailable || write.Condition != WriteCondition.Always || TryAdd(key);
        }

        return isRemembered ? outcomes : throw new MemcachedUndeliveredException(isRemembered: false, cause);
    }

    public async ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken)
    {
        try
        {
            return await store.RemoveAsync(key, version, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsFault(fault) && version is null)
        {
            throw new MemcachedUndeliveredException(TryAdd(key), fault);
        }
    }

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var removed = new bool?[keys.Length];
        Exception? cause = null;
        try
        {
            removed = await store.RemoveManyAsync(keys, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            cause = fault;
        }

        var isRemembered = true;
        for (var i = 0; i < removed.Length; i++)
        {
            isRemembered &= removed[i] is not null || TryAdd(keys.Span[i]);
        }

        return isRemembered ? removed : throw new MemcachedUndeliveredException(isRemembered: false, cause);
    }

    public bool Remember(ReadOnlyMemory<byte> key) => _journal.TryAdd(key.Span, usesReserve: true);

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life) => store.Touch(key, life);

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        store.AddToCounterAsync(key, delta, life, cancellationToken);

    // Not what is the caller's own error, such as a backend that cannot do it at all.
    private static bool IsFault(Exception fault) => fault is (MemcachedException and not MemcachedClientException) or IOException;

    private bool TryAdd(ReadOnlyMemory<byte> key) => _journal.TryAdd(key.Span, usesReserve: false);

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

    /// <summary>Sends what is due; who comes meanwhile waits for the same attempt.</summary>
    private async ValueTask DeliverAsync(CancellationToken cancellationToken)
    {
        Task attempt;
        lock (_lock)
        {
            attempt = _attempt is { IsCompleted: false } underway ? underway : _attempt = ProcessWork.Begin(() => Task.Run(DeliverAllAsync, CancellationToken.None));
        }

        try
        {
            await attempt.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw new MemcachedConnectionException("Undelivered removals must reach the cache before anything is read from it.", fault);
        }
    }

    private async Task DeliverAllAsync()
    {
        while (_journal.Peek(Batch) is { Count: > 0 } batch)
        {
            foreach (var entry in batch)
            {
                await store.RemoveAsync(entry.Key, version: null, CancellationToken.None).ConfigureAwait(false);
                _journal.Delivered(entry);
            }
        }
    }
}
