using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <content>
/// Counters: the server's own, which are plain text that it adds to; or sealed ones, which this process adds to and swaps in while nobody else did.
/// </content>
internal sealed partial class SealedStore
{
    private static readonly EntryFormat s_counter = new() { Encrypt = true, Compress = false };

    /// <summary>Of all changes by compare-and-swap.</summary>
    public Turns Turns { get; } = new(time);

    public async ValueTask<ulong?> AddToCounterAsync(EntryAddress address, long delta, EntryLife life, CancellationToken cancellationToken)
    {
        ThrowIfNoLife(life);
        if (!options().Enabled)
        {
            return null;
        }

        var isSealed = options().EncryptCounters;
        var key = keys.Rent(address, isSealed ? KeyDomain.SealedCounter : KeyDomain.Counter);
        try
        {
            return isSealed
                ? await AddToSealedAsync(SealedCounterOf(address), key.Memory, delta, life, cancellationToken).ConfigureAwait(false)
                : await store.AddToCounterAsync(key.Memory, delta, life.Absolute, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            metrics.WriteDropped();
            return null;
        }
        finally
        {
            key.Return();
        }
    }

    private async ValueTask<ulong?> AddToSealedAsync(EntryAddress address, ReadOnlyMemory<byte> key, long delta, EntryLife life, CancellationToken cancellationToken)
    {
        using var turn = await Turns.TakeAsync(address, cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < Turns.Attempts; attempt++)
        {
            var item = (await store.GetAsync(key, withValue: true, cancellationToken).ConfigureAwait(false)).OrThrow();
            if (!TryOpenCounter(address, item, out var before, out var deadline))
            {
                return null;
            }

            var count = Sum(before ?? 0, delta);
            using var envelope = new PooledBuffer();
            var write = new EntryWrite
            {
                // One that is there keeps its own end.
                Life = new EntryLife(before is null ? life.Absolute : deadline - time.GetUtcNow()),
                Format = s_counter,
                Condition = item.Found ? WriteCondition.IfVersion : WriteCondition.IfAbsent,
                Version = item.Version,
            };
            var outcome = await store.SetAsync(key, Seal(address, count, write, default, envelope), cancellationToken).ConfigureAwait(false);
            if (outcome != WriteOutcome.NotStored)
            {
                return outcome == WriteOutcome.Stored ? count : throw new MemcachedConnectionException("A counter could not be written.");
            }

            await Turns.BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>The count before, null for none. False: something is there that does not open. Starting over from it would tell a wrong number.</summary>
    private bool TryOpenCounter(in EntryAddress address, in StoredItem item, out ulong? count, out DateTimeOffset? deadline)
    {
        (count, deadline) = (null, null);
        var scratch = PooledBuffer.RentFromThread();
        try
        {
            if (!item.Found)
            {
                return true;
            }

            var outcome = codec.Open(address, item.Value, s_counter, time.GetUtcNow(), scratch, out var opened);
            if (outcome != OpenOutcome.Opened || !codec.TryRead<ulong>(opened, s_counter, out var value))
            {
                return outcome == OpenOutcome.Expired;
            }

            (count, deadline) = (value, opened.Deadline);
            return true;
        }
        finally
        {
            scratch.ReturnToThread();
            item.Release();
        }
    }

    // At a level of its own, so that no entry of a user's ever has its address.
    private static EntryAddress SealedCounterOf(in EntryAddress address) =>
        new EntryScope(address.Scope.Prefix, address.Scope.Level + "#", address.Scope.Isolation, address.Scope.Id, address.Scope.View).Entry(address.Key);

    /// <summary>As the server counts: past the largest number it starts over, and below 0 it stays 0.</summary>
    private static ulong Sum(ulong count, long delta) => unchecked(
        delta >= 0 ? count + (ulong)delta
        : count > (ulong)-(delta + 1) ? count - (ulong)-(delta + 1) - 1
        : 0);
}
