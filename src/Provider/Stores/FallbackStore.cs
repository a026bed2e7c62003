using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// A store that begins empty and takes over, item by item, what the servers before it have: the move to other servers without a cold cache. An item that is found there is stored
/// here, and read from here, so that versions and leases are always this store's. Writes and removals go here, and remove what is there.
/// </summary>
/// <remarks>
/// Taking over must not bring back what is removed meanwhile. So it goes by compare-and-swap on something that stands here already: the placeholder of a lease, or a mark, an
/// empty item that says "look there". Then the item is read there (again), and swapped in. A removal removes there first, then here: either the item is no longer
/// found there, or the placeholder is gone. Whoever meets a mark can complete it.
/// </remarks>
internal sealed partial class FallbackStore(ICacheStore primary, FormerServers former, CacheMetrics metrics) : ICacheStore
{
    /// <summary>The flags of a mark: no tag, as a lease's placeholder has none, so that who knows nothing of marks takes it for a miss.</summary>
    internal const uint Mark = 1 << 6;

    private static readonly TimeSpan s_markLife = TimeSpan.FromSeconds(10);

    public StoreCapabilities Capabilities => primary.Capabilities;

    public long LargestValue => primary.LargestValue;

    public bool IsDown => primary.IsDown;

    public void Gather() => primary.Gather();

    public void GatherLast() => primary.GatherLast();

    public void SendGathered() => primary.SendGathered();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken)
    {
        var item = await primary.GetAsync(key, withValue, cancellationToken).ConfigureAwait(false);
        return IsSettled(item) ? item : await TakeOverAsync(key, item, withValue, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var items = await primary.GetManyAsync(keys, cancellationToken).ConfigureAwait(false);
        int[] open = [.. Enumerable.Range(0, items.Length).Where(i => !IsSettled(items[i]))];
        if (open.Length == 0)
        {
            return items;
        }

        try
        {
            var have = await former.HaveAsync(Array.ConvertAll(open, i => keys.Span[i]), cancellationToken).ConfigureAwait(false);
            var pending = open.Where((i, at) => have[at] || items[i].Found).Select(async i =>
            {
                var marked = items[i];
                items[i] = default;
                items[i] = await TakeOverAsync(keys.Span[i], marked, withValue: true, cancellationToken).ConfigureAwait(false);
            }).ToArray();
            await Task.WhenAll(pending).ConfigureAwait(false);
            return items;
        }
        catch
        {
            Array.ForEach(items, static item => item.Release());
            throw;
        }
    }

    public async ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken)
    {
        var item = await primary.GetOrLeaseAsync(key, lease, cancellationToken).ConfigureAwait(false);
        if (item.WonLease)
        {
            return await TakeOverAsync(key, item, cancellationToken).ConfigureAwait(false);
        }

        if (IsSettled(item))
        {
            return item;
        }

        var taken = await TakeOverAsync(key, item, withValue: true, cancellationToken).ConfigureAwait(false);
        return taken.Found ? taken : Settled(await primary.GetOrLeaseAsync(key, lease, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        if (write.Condition is WriteCondition.IfAbsent or WriteCondition.IfPresent)
        {
            // What is there counts as well.
            (await GetAsync(key, withValue: false, cancellationToken).ConfigureAwait(false)).Release();
        }

        // On its way together with the write: who takes over swaps, and finds the new value here.
        var removal = former.RemoveAsync([key.ToArray()], write.MustNotComeBack);
        var outcome = await primary.SetAsync(key, write, cancellationToken).ConfigureAwait(false);
        if (write.FireAndForget)
        {
            return outcome;
        }

        var removed = await removal.ConfigureAwait(false);
        return write.MustNotComeBack && removed[0] is null ? throw NotRemoved() : outcome;
    }

    public async ValueTask<WriteOutcome[]> SetManyAsync(
        ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken)
    {
        var keys = new byte[items.Length][];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = items.Span[i].Key.ToArray();
        }

        var conditional = keys.Where((_, i) => items.Span[i].Value.Condition is WriteCondition.IfAbsent or WriteCondition.IfPresent);
        foreach (var item in await GetManyAsync(conditional.Select(static key => (ReadOnlyMemory<byte>)key).ToArray(), cancellationToken).ConfigureAwait(false))
        {
            item.Release();
        }

        var removal = former.RemoveAsync(keys, tells: false);
        var outcomes = await primary.SetManyAsync(items, cancellationToken).ConfigureAwait(false);
        await removal.ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>A removal by version is about what stands here: a lease's placeholder.</summary>
    /// <exception cref="MemcachedUndeliveredException">It was removed here, and could not be there. Told once; it is remembered, and nothing is read there until it is delivered.</exception>
    public async ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken)
    {
        if (version is not null)
        {
            return await primary.RemoveAsync(key, version, cancellationToken).ConfigureAwait(false);
        }

        var there = await former.RemoveAsync([key.ToArray()], tells: true).ConfigureAwait(false);
        var here = await primary.RemoveAsync(key, version, cancellationToken).ConfigureAwait(false);
        return there[0] is { } removed ? removed || here : throw NotRemoved();
    }

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var there = await former.RemoveAsync(Array.ConvertAll(keys.ToArray(), static key => key.ToArray()), tells: true).ConfigureAwait(false);
        var here = await primary.RemoveManyAsync(keys, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < here.Length; i++)
        {
            here[i] = here[i] is { } one && there[i] is { } other ? one || other : null;
        }

        return here;
    }

    /// <summary>There it is removed at once, or owed: what stands there must not come back either.</summary>
    public bool Remember(ReadOnlyMemory<byte> key)
    {
        _ = former.RemoveAsync([key.ToArray()], tells: false);
        return primary.Remember(key);
    }

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life) => primary.Touch(key, life);

    /// <summary>A counter is taken over before it is added to. Nothing removes counters, so what is stored only where there is none cannot come back.</summary>
    public async ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken)
    {
        var here = await primary.GetAsync(key, withValue: false, cancellationToken).ConfigureAwait(false);
        if (!here.Found && !here.IsUnreachable)
        {
            var there = await former.GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (there.Found)
            {
                var write = new StoreWrite(there.Value, there.Flags, there.Remaining, WriteCondition.IfAbsent);
                if (await primary.SetAsync(key, write, cancellationToken).ConfigureAwait(false) == WriteOutcome.Stored)
                {
                    metrics.TakenOver();
                }

                there.Release();
                await former.RemoveAsync([key.ToArray()], tells: false).ConfigureAwait(false);
            }
        }

        return await primary.AddToCounterAsync(key, delta, life, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether what was found here needs no look there.</summary>
    private static bool IsSettled(in StoredItem item) => item.IsUnreachable || (item.Found && item.Flags != Mark);

    private static StoredItem Settled(StoredItem item) => IsSettled(item) ? item : default;

    /// <summary>What the fallback servers hold under a removed key could not be removed, and is owed.</summary>
    private static MemcachedUndeliveredException NotRemoved() => new(isRemembered: true);
}
