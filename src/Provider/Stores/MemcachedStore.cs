using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>memcached as a store of opaque bytes.</summary>
internal sealed class MemcachedStore(MemcachedClient client, CacheMetrics metrics) : ICacheStore
{
    private const Wanted Bookkeeping = Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl;

    // Far beyond what memcached can count, and far from where adding to it would overflow.
    private static readonly TimeSpan s_longestLife = TimeSpan.FromDays(100 * 366);

    public StoreCapabilities Capabilities => StoreCapabilities.CompareAndSwap | StoreCapabilities.Touch | StoreCapabilities.Counter | StoreCapabilities.Lease;

    public bool IsDown => client.IsDown;

    public long LargestValue => client.LargestValue;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        client.ReadAsync<StoredItem>(key, withValue ? Bookkeeping | Wanted.Value : Bookkeeping, wantsArray: false, touch: null, cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        client.ReadAsync<StoredItem>(key, Bookkeeping | Wanted.Value, wantsArray: false, touch: null, cancellationToken, lease);

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var items = new StoredItem[keys.Length];
        if (client.IsDown)
        {
            Array.Fill(items, StoredItem.Unreachable);
            return items;
        }

        try
        {
            await MemcachedClient.ForEachAsync(
                Indexes(keys.Length),
                i => client.ReadAsync<Reply>(keys.Span[i], Bookkeeping | Wanted.Value, wantsArray: false, touch: null, cancellationToken),
                (i, reply) => items[i] = reply.ToStoredItem(),
                (i, _) => items[i] = StoredItem.Unreachable).ConfigureAwait(false);
            return items;
        }
        catch
        {
            Array.ForEach(items, static item => item.Release());
            throw;
        }
    }

    public ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        if (client.IsDown)
        {
            return ValueTask.FromResult(Drop(key, write));
        }

        if (!write.FireAndForget)
        {
            return SendAndRememberAsync(key, write, cancellationToken);
        }

        try
        {
            // The caller's key is the caller's again before the outcome is known.
            _ = CountFaultAsync(SendAsync(key, write, CancellationToken.None), write.Condition == WriteCondition.Always ? key.ToArray() : null);
            return ValueTask.FromResult(WriteOutcome.Stored);
        }
        catch (MemcachedException fault) when (fault is not MemcachedClientException)
        {
            return ValueTask.FromResult(Drop(key, write));
        }
    }

    public async ValueTask<WriteOutcome[]> SetManyAsync(
        ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[items.Length];
        var isRemembered = true;
        if (client.IsDown)
        {
            Array.ForEach(Indexes(items.Length), i => Forget(i, fault: null));
        }
        else
        {
            await MemcachedClient.ForEachAsync(
                Indexes(items.Length),
                i => SendAsync(items.Span[i].Key, items.Span[i].Value, cancellationToken),
                (i, reply) => outcomes[i] = OutcomeOf(reply),
                Forget).ConfigureAwait(false);
        }

        return isRemembered ? outcomes : throw new MemcachedUndeliveredException(isRemembered: false);

        void Forget(int i, MemcachedException? fault)
        {
            outcomes[i] = WriteOutcome.Unavailable;
            isRemembered &= !LeavesFormer(items.Span[i].Value, fault) || client.Remember(items.Span[i].Key);
        }
    }

    /// <summary>One of any version is not cancelled by its caller once it has begun: whether it was delivered would be unknown.</summary>
    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) =>
        version is null ? RemoveAndRememberAsync(key, cancellationToken) : client.RemoveAsync<bool>(key, version, cancellationToken);

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var removed = new bool?[keys.Length];
        var isRemembered = true;
        if (client.IsDown)
        {
            Array.ForEach(Indexes(keys.Length), i => isRemembered &= client.Remember(keys.Span[i]));
        }
        else
        {
            await MemcachedClient.ForEachAsync(
                Indexes(keys.Length),
                i => client.RemoveAsync<Reply>(keys.Span[i], cas: null, CancellationToken.None),
                (i, reply) => removed[i] = reply.Status == ReplyStatus.Done,
                (i, _) => isRemembered &= client.Remember(keys.Span[i])).ConfigureAwait(false);
        }

        return isRemembered ? removed : throw new MemcachedUndeliveredException(isRemembered: false);
    }

    public bool Remember(ReadOnlyMemory<byte> key) => client.Remember(key, usesReserve: true);

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life)
    {
        try
        {
            _ = CountFaultAsync(client.ReadAsync<Reply>(key, Wanted.Nothing, wantsArray: false, touch: life, CancellationToken.None));
        }
        catch (MemcachedException fault)
        {
            metrics.Fault(fault);
        }
    }

    public async ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken)
    {
        var expiry = ExpiryOf(life);
        var initial = delta > 0 ? (ulong)delta : 0;
        var reply = await client.AddAsync(key, Magnitude(delta), decrement: delta < 0, (initial, expiry), cancellationToken).ConfigureAwait(false);
        try
        {
            return MemcachedClient.CountOf(reply);
        }
        finally
        {
            reply.Release();
        }
    }

    private ValueTask<Reply> SendAsync(ReadOnlyMemory<byte> key, in StoreWrite write, CancellationToken cancellationToken)
    {
        var mode = write.Condition switch
        {
            WriteCondition.IfAbsent => SetMode.Add,
            WriteCondition.IfPresent => SetMode.Replace,
            _ => SetMode.Set,
        };
        ulong? cas = write.Condition == WriteCondition.IfVersion ? write.Version : null;
        return client.WriteAsync<Reply>(key, write.Value, write.Flags, ExpiryOf(write.Life), mode, cas, cancellationToken);
    }

    private static Expiry ExpiryOf(TimeSpan? life) =>
        life is not { } end ? Expiry.Never
        : end < s_longestLife ? end
        : s_longestLife;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteOutcome> SendAndRememberAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        try
        {
            return OutcomeOf(await SendAsync(key, write, cancellationToken).ConfigureAwait(false));
        }
        catch (MemcachedException fault) when (LeavesFormer(write, fault) && !client.Remember(key))
        {
            throw new MemcachedUndeliveredException(isRemembered: false, fault);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> RemoveAndRememberAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await client.RemoveAsync<bool>(key, cas: null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MemcachedException fault) when (fault is not MemcachedClientException)
        {
            throw new MemcachedUndeliveredException(client.Remember(key), fault);
        }
    }

    /// <summary>The outcome of a write that is not sent. What it was to replace is to go all the same.</summary>
    private WriteOutcome Drop(ReadOnlyMemory<byte> key, in StoreWrite write)
    {
        if (write.FireAndForget)
        {
            metrics.Unreachable();
        }

        return !LeavesFormer(write, fault: null) || client.Remember(key)
            ? WriteOutcome.Unavailable
            : throw new MemcachedUndeliveredException(isRemembered: false);
    }

    /// <summary>
    /// Whether what the write was to replace may be there still. The server itself drops it when it refuses a value, and what is refused here was the caller's error.
    /// </summary>
    private static bool LeavesFormer(in StoreWrite write, MemcachedException? fault) =>
        write.Condition == WriteCondition.Always && fault is not (MemcachedClientException or MemcachedServerException);

    private async Task CountFaultAsync(ValueTask<Reply> wait, byte[]? key = null)
    {
        try
        {
            (await wait.ConfigureAwait(false)).Release();
        }
        catch (MemcachedException fault)
        {
            metrics.Fault(fault);
            if (key is not null && fault is not MemcachedServerException && !client.Remember(key))
            {
                metrics.RemovalForgotten();
            }
        }
    }

    private static WriteOutcome OutcomeOf(in Reply reply) => reply.Status == ReplyStatus.Done ? WriteOutcome.Stored : WriteOutcome.NotStored;

    private static ulong Magnitude(long delta) => delta < 0 ? (ulong)-(delta + 1) + 1 : (ulong)delta;

    private static int[] Indexes(int count)
    {
        var indexes = new int[count];
        for (var i = 0; i < count; i++)
        {
            indexes[i] = i;
        }

        return indexes;
    }
}
