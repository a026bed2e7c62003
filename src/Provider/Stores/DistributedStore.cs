using System.Text;
using Microsoft.Extensions.Caching.Distributed;
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// Any <see cref="IDistributedCache"/> as a store of opaque bytes: another vendor's cache in place of memcached. It gets, sets and removes, and has no other
/// capability. What needs one is refused as a fault, because nothing here is atomic: a "first one stores" that two can win, or a counter that loses, is worse than none.
/// </summary>
/// <param name="cache">The other cache. It must never be ours, or it would call itself.</param>
/// <param name="windowOf">
/// The sliding window in an item's flags, if any. The other cache keeps such an item by its own sliding expiration, since no <see cref="Touch"/> of ours could restart the window
/// without bringing an old value back.
/// </param>
/// <param name="options">The options in force.</param>
/// <param name="time">What operations are timed by.</param>
/// <param name="metrics">Counts what nobody waits for.</param>
/// <param name="journal">Takes the keys of writes that fail when nobody waits for them any more, or come late: what they were to replace, or what has been removed meanwhile, may be there.</param>
internal sealed partial class DistributedStore(
    IDistributedCache cache, Func<uint, TimeSpan?> windowOf, Func<MemcachedOptions> options, TimeProvider time, CacheMetrics metrics, RemovalJournal? journal = null) : ICacheStore
{
    // memcached's: what is fit for it is fit for others.
    private const int DefaultItemSizeLimit = 1 << 20;

    // Far beyond anybody's need, and far from where adding it to a date would overflow.
    private static readonly TimeSpan s_longestLife = TimeSpan.FromDays(100 * 366);

    public StoreCapabilities Capabilities => StoreCapabilities.None;

    public long LargestValue => (options().ItemSizeLimit ?? DefaultItemSizeLimit) - DistributedItem.HeaderLength;

    public async ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        DistributedItem.Read(await ReadAsync(NameOf(key), cancellationToken).ConfigureAwait(false), withValue);

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var items = new StoredItem[keys.Length];
        await ForEachAsync(keys.Length, async i => items[i] = await GetAsync(keys.Span[i], withValue: true, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return items;
    }

    /// <summary>A plain read: without leases nobody wins one, and what is not there is not found.</summary>
    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        GetAsync(key, withValue: true, cancellationToken);

    public async ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        RefuseConditions(write);
        if (write.FireAndForget)
        {
            // The caller's key is the caller's again before the outcome is known.
            _ = CountFaultAsync(key.ToArray(), WriteAsync(key, write, CancellationToken.None));
        }
        else
        {
            await WriteAsync(key, write, cancellationToken).ConfigureAwait(false);
        }

        return WriteOutcome.Stored;
    }

    public async ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[items.Length];
        Array.Fill(outcomes, WriteOutcome.Unavailable);
        foreach (var item in items.Span)
        {
            RefuseConditions(item.Value);
        }

        await UntilOneFailsAsync(items.Length, async i =>
        {
            await WriteAsync(items.Span[i].Key, items.Span[i].Value, cancellationToken).ConfigureAwait(false);
            outcomes[i] = WriteOutcome.Stored;
        }).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>
    /// Removes an item. Whether there was one is told by a read before, which is not atomic: two who remove at once may both be told that it was there. A read that
    /// fails does not keep the removal from being sent.
    /// </summary>
    public async ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken)
    {
        if (version is not null)
        {
            throw Incapable(StoreCapabilities.CompareAndSwap);
        }

        var (name, found) = (NameOf(key), false);
        try
        {
            found = await ReadAsync(name, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (MemcachedException fault)
        {
            metrics.Fault(fault);
        }

        await CallAsync(token => DoneAsync(cache.RemoveAsync(name, token)), cancellationToken).ConfigureAwait(false);
        return found;
    }

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var removed = new bool?[keys.Length];
        await UntilOneFailsAsync(
            keys.Length,
            async i => removed[i] = await RemoveAsync(keys.Span[i], version: null, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return removed;
    }

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life)
    {
        // Nobody calls it: StoreCapabilities.Touch is not among what this store can do.
    }

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        ValueTask.FromException<ulong?>(Incapable(StoreCapabilities.Counter));

    private Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => CallAsync(token => cache.GetAsync(name, token), cancellationToken);

    private async Task WriteAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        // Copies, made before the first wait: the caller's memory is the caller's.
        var (name, bytes, expiration) = (NameOf(key), DistributedItem.Write(write), ExpirationOf(write));
        Task<bool>? sent = null;
        try
        {
            await CallAsync(token => sent = DoneAsync(cache.SetAsync(name, bytes, expiration, token)), cancellationToken).ConfigureAwait(false);
        }
        catch (MemcachedTimeoutException) when (sent is { IsCompleted: false })
        {
            _ = RememberOnceDoneAsync(Encoding.ASCII.GetBytes(name), sent);
            throw;
        }
    }

    /// <summary>It may take effect behind whatever came after it.</summary>
    private async Task RememberOnceDoneAsync(byte[] key, Task late)
    {
        await late.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Remember(key);
    }

    private void Remember(byte[] key)
    {
        if (journal?.TryAdd(key, usesReserve: false) == false)
        {
            metrics.RemovalForgotten();
        }
    }

    private DistributedCacheEntryOptions ExpirationOf(in StoreWrite write)
    {
        if (write.Life is not { } life)
        {
            return new DistributedCacheEntryOptions();
        }

        // A window longer than the life never counts; one that is shorter may be capped by the deadline, which is sealed with the value and checked above.
        if (windowOf(write.Flags) is { } window && window <= life)
        {
            return new DistributedCacheEntryOptions { SlidingExpiration = window };
        }

        // Whole seconds: some caches cut off a fraction, and an item of no seconds would be gone at once.
        var seconds = life < s_longestLife ? ((life.Ticks - 1) / TimeSpan.TicksPerSecond) + 1 : (long)s_longestLife.TotalSeconds;
        return new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(seconds) };
    }

    /// <summary>Calls the other cache, within our own timeout. What it throws may hold keys in its message, so only the fault's type goes on.</summary>
    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<T>? answer = null;
        try
        {
            answer = call(cancellationToken);
            return await answer.WaitAsync(options().Timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw fault is TimeoutException
                ? new MemcachedTimeoutException($"The cache behind the backend '{CacheBackends.Distributed}' did not answer in time ({fault.GetType().Name}).")
                : new MemcachedConnectionException($"The cache behind the backend '{CacheBackends.Distributed}' failed with {fault.GetType().Name}.");
        }
        finally
        {
            if (answer is { IsCompleted: false })
            {
                _ = ObserveAsync(answer);
            }
        }
    }

    /// <summary>Nobody waits for it any more; its fault, if one comes, is not to be an unobserved one.</summary>
    private static async Task ObserveAsync(Task left) => await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task CountFaultAsync(byte[] key, Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (MemcachedException fault)
        {
            metrics.Fault(fault);
            Remember(key);
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    private static void RefuseConditions(in StoreWrite write)
    {
        if (write.Condition != WriteCondition.Always)
        {
            throw Incapable(StoreCapabilities.CompareAndSwap);
        }
    }

    private static MemcachedClientException Incapable(StoreCapabilities missing) =>
        new($"The backend '{CacheBackends.Distributed}' does not have the capability {missing}, so this operation was rejected. For what each backend supports see docs/configuration.md, Backends.");

    private static string NameOf(ReadOnlyMemory<byte> key) => Encoding.ASCII.GetString(key.Span);
}
