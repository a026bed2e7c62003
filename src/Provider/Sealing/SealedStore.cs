using System.Buffers;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// Where addresses, envelopes and stores meet. A value is sealed under its address and stored under the address's hash; what is read is opened
/// under the address it was asked for, or is no hit.
/// </summary>
internal sealed partial class SealedStore(
    ICacheStore store, EnvelopeCodec codec, SealedKeys keys, FaultPolicy faults, Func<MemcachedOptions> options, CacheMetrics metrics, TimeProvider time)
    : ISealedStore
{
    private static readonly TimeSpan s_touchAfter = TimeSpan.FromSeconds(1);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format, CancellationToken cancellationToken)
    {
        if (!options().Enabled)
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Miss));
        }

        var key = keys.Rent(address);
        try
        {
            var item = await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            return Counted(Open<T>(address, key.Memory, item, format ?? EntryFormat.Default));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Unavailable));
        }
        finally
        {
            key.Return();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!options().Enabled)
        {
            return Counted(ReadOutcome.Miss);
        }

        var key = keys.Rent(address);
        try
        {
            var item = await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            return Counted(Open(address, key.Memory, item, destination));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(ReadOutcome.Unavailable);
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfNoLife(write.Life);
        if (!options().Enabled)
        {
            return WriteOutcome.Disabled;
        }

        using var envelope = new PooledBuffer();
        var key = keys.Rent(address);
        try
        {
            var item = Seal(address, value, write, envelope);
            var outcome = await store.SetAsync(key.Memory, item, cancellationToken).ConfigureAwait(false);
            return outcome == WriteOutcome.Stored && options().VerifyWrites && !write.FireAndForget
                ? await VerifyAsync(key.Memory, item, cancellationToken).ConfigureAwait(false)
                : outcome;
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            metrics.WriteDropped();
            return WriteOutcome.Unavailable;
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken)
    {
        var key = keys.Rent(address);
        try
        {
            var removed = await store.RemoveAsync(key.Memory, cancellationToken).ConfigureAwait(false);
            return removed ? RemoveOutcome.Removed : RemoveOutcome.NotFound;
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            metrics.RemovalUndelivered();
            return RemoveOutcome.Undelivered;
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask<ulong?> AddToCounterAsync(EntryAddress address, long delta, EntryLife life, CancellationToken cancellationToken)
    {
        ThrowIfNoLife(life);
        if (!options().Enabled)
        {
            return null;
        }

        var key = keys.Rent(address, KeyDomain.Counter);
        try
        {
            return await store.AddToCounterAsync(key.Memory, delta, life.Absolute, cancellationToken).ConfigureAwait(false);
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

    public string Fingerprint(EntryAddress address) => keys.Fingerprint(address);

    /// <summary>Opens an item under the address it was read for, and lets its memory go.</summary>
    private SealedEntry<T> Open<T>(in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, EntryFormat format)
    {
        using var scratch = new PooledBuffer();
        try
        {
            var outcome = TryOpen(address, key, item, format, scratch, out var opened);
            if (outcome != ReadOutcome.Hit)
            {
                return new SealedEntry<T>(outcome);
            }

            return codec.TryRead<T>(opened, format, out var value)
                ? new SealedEntry<T>(value, item.Version, opened.Deadline)
                : new SealedEntry<T>(ReadOutcome.Unopenable);
        }
        finally
        {
            item.Release();
        }
    }

    private ReadOutcome Open(in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, IBufferWriter<byte> destination)
    {
        using var scratch = new PooledBuffer();
        try
        {
            var outcome = TryOpen(address, key, item, EntryFormat.Default, scratch, out var opened);
            if (outcome == ReadOutcome.Hit && opened.Tag != ValueTag.Bytes)
            {
                outcome = ReadOutcome.Unopenable;
            }

            if (outcome == ReadOutcome.Hit)
            {
                destination.Write(opened.Payload.Span);
            }

            return outcome;
        }
        finally
        {
            item.Release();
        }
    }

    private ReadOutcome TryOpen(
        in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, EntryFormat format, PooledBuffer scratch, out OpenedEnvelope opened)
    {
        opened = default;
        var flags = ItemFlags.Of(item.Flags);
        if (!item.Found || flags.Tag == ValueTag.None)
        {
            return ReadOutcome.Miss;
        }

        if (codec.Open(address, item.Value, format, time.GetUtcNow(), scratch, out opened) != OpenOutcome.Opened)
        {
            return ReadOutcome.Unopenable;
        }

        Slide(key, item, flags, opened.Deadline);
        return ReadOutcome.Hit;
    }

    /// <summary>Starts the sliding window anew when a second or more of it is spent, without waiting for the answer.</summary>
    private void Slide(ReadOnlyMemory<byte> key, in StoredItem item, in ItemFlags flags, DateTimeOffset? deadline)
    {
        if (flags.Window is not { } window || item.Remaining is not { } remaining || !store.Capabilities.HasFlag(StoreCapabilities.Touch))
        {
            return;
        }

        var life = deadline - time.GetUtcNow() is { } left && left < window ? left : window;
        if (life - remaining >= s_touchAfter)
        {
            store.Touch(key, life);
        }
    }

    /// <summary>Seals a value into <paramref name="envelope"/>, which stays the caller's.</summary>
    private StoreWrite Seal<T>(in EntryAddress address, T value, EntryWrite write, PooledBuffer envelope)
    {
        var window = ItemFlags.Whole(write.Life.Sliding);
        DateTimeOffset? deadline = write.Life.Absolute is { } absolute ? DeadlineAfter(absolute) : null;
        var tag = codec.Seal(address, value, new EnvelopeTerms(deadline, window), write.Format, envelope);
        return Item(envelope, tag, write, window);
    }

    private StoreWrite Item(PooledBuffer envelope, ValueTag tag, EntryWrite write, TimeSpan? window)
    {
        if (envelope.Length > store.LargestValue)
        {
            throw new MemcachedValueTooLargeException(envelope.Length, store.LargestValue);
        }

        var absolute = write.Life.Absolute;
        var flags = new ItemFlags(tag, window, window is not null && absolute is not null);
        var life = window < absolute || absolute is null ? window : absolute;
        return new StoreWrite(envelope.WrittenMemory, flags.ToUInt32(), life, write.Condition, write.Version, write.FireAndForget);
    }

    private DateTimeOffset DeadlineAfter(TimeSpan absolute)
    {
        var now = time.GetUtcNow();
        return absolute < DateTimeOffset.MaxValue - now ? now + absolute : DateTimeOffset.MaxValue;
    }

    /// <summary>Reads a write back, and tells what was really stored.</summary>
    private async ValueTask<WriteOutcome> VerifyAsync(ReadOnlyMemory<byte> key, StoreWrite written, CancellationToken cancellationToken)
    {
        var item = await store.GetAsync(key, withValue: true, cancellationToken).ConfigureAwait(false);
        try
        {
            return item.Found && item.Flags == written.Flags && item.Value.Span.SequenceEqual(written.Value.Span)
                ? WriteOutcome.Stored
                : WriteOutcome.Unavailable;
        }
        finally
        {
            item.Release();
        }
    }

    private SealedEntry<T> Counted<T>(SealedEntry<T> entry)
    {
        metrics.Read(entry.Outcome);
        return entry;
    }

    private ReadOutcome Counted(ReadOutcome outcome)
    {
        metrics.Read(outcome);
        return outcome;
    }

    private static void ThrowIfNoLife(in EntryLife life)
    {
        if (life.Absolute <= TimeSpan.Zero || life.Sliding <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(life), "A life must be positive. An entry that never ends has none (EntryLife.Forever).");
        }
    }
}
