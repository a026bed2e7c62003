using System.Buffers;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <content>Between a value and the item that a store keeps.</content>
internal sealed partial class SealedStore
{
    private static readonly TimeSpan s_touchAfter = TimeSpan.FromSeconds(1);

    /// <summary>Opens an item under the address it was read for, and lets its memory go.</summary>
    private SealedEntry<T> Open<T>(in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, EntryFormat format)
    {
        var scratch = PooledBuffer.RentFromThread();
        try
        {
            var outcome = TryOpen(address, item, format, scratch, out OpenedEnvelope opened);
            if (outcome != ReadOutcome.Hit)
            {
                return new SealedEntry<T>(outcome);
            }

            Slide(key, item, opened.Deadline);
            return codec.TryRead<T>(opened, format, out var value)
                ? new SealedEntry<T>(value, item.Version, opened.Deadline)
                : new SealedEntry<T>(ReadOutcome.Unopenable);
        }
        finally
        {
            scratch.ReturnToThread();
            item.Release();
        }
    }

    private ReadOutcome Open(in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, IBufferWriter<byte> destination)
    {
        var scratch = PooledBuffer.RentFromThread();
        try
        {
            var outcome = TryOpen(address, item, EntryFormat.Default, scratch, out OpenedEnvelope opened);
            if (outcome != ReadOutcome.Hit)
            {
                return outcome;
            }

            Slide(key, item, opened.Deadline);
            if (opened.Tag != ValueTag.Bytes)
            {
                metrics.EntryUnreadable();
                return ReadOutcome.Unopenable;
            }

            destination.Write(opened.Payload.Span);
            return ReadOutcome.Hit;
        }
        finally
        {
            scratch.ReturnToThread();
            item.Release();
        }
    }

    private ReadOutcome TryOpen(in EntryAddress address, in StoredItem item, EntryFormat format, PooledBuffer scratch, out OpenedEnvelope opened)
    {
        opened = default;
        if (!item.Found || ItemFlags.Of(item.Flags).Tag == ValueTag.None)
        {
            return ReadOutcome.Miss;
        }

        return codec.Open(address, item.Value, format, time.GetUtcNow(), scratch, out opened) == OpenOutcome.Opened
            ? ReadOutcome.Hit
            : ReadOutcome.Unopenable;
    }

    /// <summary>Starts the sliding window anew when a second or more of it is spent, without waiting for the answer.</summary>
    private void Slide(ReadOnlyMemory<byte> key, in StoredItem item, DateTimeOffset? deadline)
    {
        if (SpentWindow(item, deadline) is { } life)
        {
            store.Touch(key, life);
        }
    }

    /// <summary>What is left of a window that is to start anew; null when that is not due.</summary>
    private TimeSpan? SpentWindow(in StoredItem item, DateTimeOffset? deadline)
    {
        if (ItemFlags.Of(item.Flags).Window is not { } window || item.Remaining is not { } remaining || !store.Capabilities.HasFlag(StoreCapabilities.Touch))
        {
            return null;
        }

        var life = deadline - time.GetUtcNow() is { } left && left < window ? left : window;
        return life - remaining >= s_touchAfter ? life : null;
    }

    /// <summary>Seals a value into <paramref name="envelope"/>, which stays the caller's.</summary>
    private StoreWrite Seal<T>(in EntryAddress address, T value, EntryWrite write, in EntryMarks marks, PooledBuffer envelope)
    {
        var (terms, window) = TermsOf(write.Life, marks);
        return Item(envelope, codec.Seal(address, value, terms, write.Format, envelope), write, window);
    }

    /// <summary>As <see cref="Seal{T}"/>; false for a value that is to be split, whose bytes then stand in <paramref name="envelope"/>.</summary>
    private bool TrySeal<T>(
        in EntryAddress address, T value, EntryWrite write, in EntryMarks marks, PooledBuffer envelope, out StoreWrite item, out UnsealedValue large)
    {
        var (terms, window) = TermsOf(write.Life, marks);
        if (codec.TrySeal(address, value, terms, write.Format, store.LargestValue, envelope, out var tag, out large))
        {
            item = Item(envelope, tag, write, window);
            return true;
        }

        ThrowUnlessSplittable(large);
        item = default;
        return false;
    }

    private (EnvelopeTerms Terms, TimeSpan? Window) TermsOf(EntryLife life, in EntryMarks marks)
    {
        var window = ItemFlags.Whole(life.Sliding);
        DateTimeOffset? deadline = life.Absolute is { } absolute ? DeadlineAfter(absolute) : null;
        return (new EnvelopeTerms(deadline, window, marks.Generations, marks.FreshUntil, marks.Tags), window);
    }

    private StoreWrite Item(PooledBuffer envelope, ValueTag tag, EntryWrite write, TimeSpan? window, bool isManifest = false)
    {
        if (envelope.Length > store.LargestValue)
        {
            throw new MemcachedValueTooLargeException(envelope.Length, store.LargestValue, options().Section, isToBeSplit: false);
        }

        var absolute = write.Life.Absolute;
        var flags = new ItemFlags(tag, window, window is not null && absolute is not null, isManifest);
        var life = window < absolute || absolute is null ? window : absolute;
        return new StoreWrite(envelope.WrittenMemory, flags.ToUInt32(), life, write.Condition, write.Version, write.FireAndForget);
    }

    public DateTimeOffset DeadlineAfter(TimeSpan absolute)
    {
        var now = time.GetUtcNow();
        return absolute < DateTimeOffset.MaxValue - now ? now + absolute : DateTimeOffset.MaxValue;
    }

    /// <summary>Writes an item, and verifies it where the options say so. Faults are thrown, but for one: that nobody can be asked was known, and is counted here.</summary>
    private async ValueTask<WriteOutcome> SetAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, StoreWrite item, EntryLife life, CancellationToken cancellationToken)
    {
        var outcome = await store.SetAsync(key, item, cancellationToken).ConfigureAwait(false);
        if (outcome == WriteOutcome.Unavailable)
        {
            metrics.WriteDropped();
            return item.FireAndForget ? outcome : Dropped();
        }

        Tell(address, item, outcome, life);
        return outcome == WriteOutcome.Stored && !item.FireAndForget && options().VerifyWrites
            ? await VerifyAsync(key, item, cancellationToken).ConfigureAwait(false)
            : outcome;
    }

    private WriteOutcome Dropped()
    {
        if (!faults.Throws)
        {
            faults.Unreachable();
            return WriteOutcome.Unavailable;
        }

        // Counted where it is caught.
        throw new MemcachedConnectionException(FaultPolicy.UnreachableText);
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
}
