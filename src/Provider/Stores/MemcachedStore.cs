using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>memcached as a store of opaque bytes.</summary>
internal sealed partial class MemcachedStore(MemcachedClient client, CacheMetrics metrics) : ICacheStore
{
    private const Wanted Bookkeeping = Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl;

    // Far beyond what memcached can count, and far from where adding to it would overflow.
    private static readonly TimeSpan s_longestLife = TimeSpan.FromDays(100 * 366);

    public StoreCapabilities Capabilities => StoreCapabilities.CompareAndSwap | StoreCapabilities.Touch | StoreCapabilities.Counter | StoreCapabilities.Lease;

    public bool IsDown => client.IsDown;

    public long LargestValue => client.LargestValue;

    public void Gather() => MemcachedClient.Gather();

    public void GatherLast() => MemcachedClient.GatherLast();

    public void SendGathered() => MemcachedClient.SendGathered();

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        client.ReadAsync<StoredItem>(key, withValue ? Bookkeeping | Wanted.Value : Bookkeeping, wantsArray: false, touch: null, cancellationToken);

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken) =>
        client.ReadAsync<StoredItem>(key, Bookkeeping | Wanted.Value, wantsArray: false, touch: null, cancellationToken, lease);

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var batch = new ReadBatch(client, keys, Bookkeeping | Wanted.Value, cancellationToken);
        try
        {
            await BatchRunner.RunAsync(batch, BatchFaults.Each).ConfigureAwait(false);
            return batch.Items;
        }
        catch
        {
            Array.ForEach(batch.Items, static item => item.Release());
            throw;
        }
    }

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

    /// <summary>Sends a write.</summary>
    public ValueTask<Reply> SendAsync(ReadOnlyMemory<byte> key, in StoreWrite write, CancellationToken cancellationToken)
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

    public static WriteOutcome OutcomeOf(in Reply reply) => reply.Status == ReplyStatus.Done ? WriteOutcome.Stored : WriteOutcome.NotStored;

    private static Expiry ExpiryOf(TimeSpan? life) =>
        life is not { } end ? Expiry.Never
        : end < s_longestLife ? end
        : s_longestLife;

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

    private static ulong Magnitude(long delta) => delta < 0 ? (ulong)-(delta + 1) + 1 : (ulong)delta;
}
