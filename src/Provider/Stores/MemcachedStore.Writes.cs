using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Stores;

/// <content>Writes and removals. Of those that fail it is remembered that what was there before is to go.</content>
internal sealed partial class MemcachedStore
{
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
        var batch = new WriteBatch(this, client, items, cancellationToken);
        if (client.IsDown)
        {
            batch.FailAll();
        }
        else
        {
            await BatchRunner.RunAsync(batch, BatchFaults.Each).ConfigureAwait(false);
        }

        return batch.IsRemembered ? batch.Outcomes : throw new MemcachedUndeliveredException(isRemembered: false);
    }

    /// <summary>One of any version is not cancelled by its caller once it has begun: whether it was delivered would be unknown.</summary>
    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) =>
        version is null ? RemoveAndRememberAsync(key, cancellationToken) : client.RemoveAsync<bool>(key, version, cancellationToken);

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var batch = new RemoveBatch(client, keys);
        if (client.IsDown)
        {
            batch.FailAll();
        }
        else
        {
            await BatchRunner.RunAsync(batch, BatchFaults.Each).ConfigureAwait(false);
        }

        return batch.IsRemembered ? batch.Removed : throw new MemcachedUndeliveredException(isRemembered: false);
    }

    public bool Remember(ReadOnlyMemory<byte> key) => client.Remember(key, usesReserve: true);

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
    public static bool LeavesFormer(in StoreWrite write, MemcachedException? fault) =>
        write.Condition == WriteCondition.Always && fault is not (MemcachedClientException or MemcachedServerException);
}
