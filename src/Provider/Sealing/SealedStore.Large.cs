using System.Buffers;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <content>
/// Values above the store's item limit. Their bytes stand in chunks of their own (<see cref="ChunkStore"/>), and the entry is the manifest: all that holds for an entry holds for
/// it. Chunks are written before it, and live longer.
/// </content>
internal sealed partial class SealedStore
{
    // Less than this and a value would be keys more than anything.
    private const int ShortestChunk = 256;

    /// <summary>Whether an item says of itself that its value stands in chunks.</summary>
    public static bool IsManifest(in StoredItem item) => item.Found && EnvelopeLayout.IsManifest(item.Value.Span);

    /// <summary>The value of a manifest; null when a chunk is missing or is another one. The item stays the caller's.</summary>
    public async Task<LargeValue?> LoadAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryFormat format, CancellationToken cancellationToken)
    {
        if (OpenManifest(address, item, format) is not var (manifest, deadline))
        {
            return null;
        }

        using var chunks = new ChunkStore(store, key, manifest);
        var (outcome, bytes) = await chunks.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (bytes is not null && manifest.IsCompressed)
        {
            bytes = EnvelopeCodec.Inflate(bytes);
            outcome = bytes is null ? OpenOutcome.Malformed : outcome;
        }

        if (bytes is null)
        {
            codec.Count(outcome);
            return null;
        }

        Slide(key, item, deadline, chunks);
        return new LargeValue(manifest.Tag, bytes, deadline);
    }

    /// <summary>Whether a manifest opens and its chunks are all there.</summary>
    public async Task<bool> IsWholeAsync(EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryFormat format, CancellationToken cancellationToken)
    {
        if (OpenManifest(address, item, format) is not var (manifest, _))
        {
            return false;
        }

        using var chunks = new ChunkStore(store, key, manifest);
        return await chunks.AreThereAsync(cancellationToken).ConfigureAwait(false);
    }

    public bool TryRead<T>(LargeValue large, EntryFormat format, out T? value) => codec.TryRead(large.Tag, large.Bytes, format, out value);

    private async Task<SealedEntry<T>> OpenLargeAsync<T>(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryFormat format, CancellationToken cancellationToken)
    {
        try
        {
            using var large = await LoadAsync(address, key, item, format, cancellationToken).ConfigureAwait(false);
            return large is not null && TryRead<T>(large, format, out var value)
                ? new SealedEntry<T>(value, item.Version, large.Deadline)
                : new SealedEntry<T>(ReadOutcome.Unopenable);
        }
        finally
        {
            item.Release();
        }
    }

    private async Task<ReadOutcome> OpenLargeAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            using var large = await LoadAsync(address, key, item, EntryFormat.Default, cancellationToken).ConfigureAwait(false);
            if (large is not { Tag: ValueTag.Bytes })
            {
                if (large is not null)
                {
                    metrics.EntryUnreadable();
                }

                return ReadOutcome.Unopenable;
            }

            foreach (var piece in large.Bytes)
            {
                destination.Write(piece.Span);
            }

            return ReadOutcome.Hit;
        }
        finally
        {
            item.Release();
        }
    }

    /// <summary>Throws for a value that may not be split, before anything is sent.</summary>
    private void ThrowUnlessSplittable(in UnsealedValue value)
    {
        if (options().LargeValues != LargeValues.Chunk || LongestChunk < ShortestChunk)
        {
            throw new MemcachedValueTooLargeException(value.SealedLength, store.LargestValue, options().Section, isToBeSplit: false);
        }

        if (value.Payload.Length > options().MaxValueSize)
        {
            throw new MemcachedValueTooLargeException(value.Payload.Length, options().MaxValueSize, options().Section, isToBeSplit: true);
        }
    }

    private int LongestChunk => (int)Math.Min(store.LargestValue, ChunkStore.Longest);

    /// <summary>Writes the chunks, then the manifest. The chunks are always acknowledged; a write that is not to be is one of the manifest alone.</summary>
    private async Task<WriteOutcome> StoreLargeAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, UnsealedValue value, EntryWrite write, EntryMarks marks, CancellationToken cancellationToken)
    {
        using var envelope = new PooledBuffer();
        var item = await StoreChunksAsync(key, address, value, write, marks, envelope, cancellationToken).ConfigureAwait(false);
        return await SetAsync(address, key, item, write.Life, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the chunks, and seals the manifest into <paramref name="envelope"/>, which stays the caller's.</summary>
    private async Task<StoreWrite> StoreChunksAsync(
        ReadOnlyMemory<byte> key, EntryAddress address, UnsealedValue value, EntryWrite write, EntryMarks marks, PooledBuffer envelope, CancellationToken cancellationToken)
    {
        var manifest = codec.CreateManifest(value, LongestChunk - ChunkManifest.Overhead);
        using var chunks = new ChunkStore(store, key, manifest);

        // Sealed before as well, for its flags and life: a manifest that cannot be stored is told before anything is sent.
        var now = options();
        var item = SealManifest(address, manifest, write, marks, envelope);
        await chunks.WriteAsync(value.Payload, item.Flags, item.Life, now.Timeout, now.VerifyWrites, cancellationToken).ConfigureAwait(false);
        envelope.Clear();
        return SealManifest(address, manifest, write, marks, envelope);
    }

    private StoreWrite SealManifest(in EntryAddress address, ChunkManifest manifest, EntryWrite write, in EntryMarks marks, PooledBuffer envelope)
    {
        var (terms, window) = TermsOf(write.Life, marks);
        return Item(envelope, codec.SealManifest(address, manifest, terms, envelope), write, window, isManifest: true);
    }

    private (ChunkManifest Manifest, DateTimeOffset? Deadline)? OpenManifest(in EntryAddress address, in StoredItem item, EntryFormat format)
    {
        var scratch = PooledBuffer.RentFromThread();
        try
        {
            return OpenManifest(address, item, format, scratch, out var opened) is { } manifest ? (manifest, opened.Deadline) : null;
        }
        finally
        {
            scratch.ReturnToThread();
        }
    }

    private ChunkManifest? OpenManifest(in EntryAddress address, in StoredItem item, EntryFormat format, PooledBuffer scratch, out OpenedEnvelope opened)
    {
        codec.Open(address, item.Value, format, time.GetUtcNow(), options().MaxValueSize, scratch, out opened, out var manifest);
        return ItemFlags.Of(item.Flags).Tag == ValueTag.None ? null : manifest;
    }

    /// <summary>Starts the sliding windows of the chunks anew, then the manifest's.</summary>
    private void Slide(ReadOnlyMemory<byte> key, in StoredItem item, DateTimeOffset? deadline, ChunkStore chunks)
    {
        if (SpentWindow(item, deadline) is { } life)
        {
            chunks.Touch(life, options().Timeout);
            store.Touch(key, life);
        }
    }

    private async Task RefreshLargeAsync(EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, CancellationToken cancellationToken)
    {
        if (OpenManifest(address, item, s_either) is not var (manifest, deadline))
        {
            return;
        }

        using var chunks = new ChunkStore(store, key, manifest);
        if (store.Capabilities.HasFlag(StoreCapabilities.Touch))
        {
            Slide(key, item, deadline, chunks);
        }
        else
        {
            await chunks.AreThereAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same manifest with another life, once its chunks have one that is as long; null when there is nothing that opens, or not all of it.</summary>
    private async Task<StoreWrite?> ResealLargeAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryLife life, DateTimeOffset? freshUntil, EntryFormat format, PooledBuffer envelope,
        CancellationToken cancellationToken)
    {
        using var scratch = new PooledBuffer();
        if (OpenManifest(address, item, format, scratch, out var opened) is not { } manifest)
        {
            return null;
        }

        using var chunks = new ChunkStore(store, key, manifest);
        var marks = new EntryMarks(opened.Generations, opened.Tags, freshUntil);
        var (terms, window) = TermsOf(life, marks);
        var write = Item(envelope, codec.SealManifest(address, manifest, terms, envelope), SwapOf(life, item), window, isManifest: true);
        return await KeepAsync(chunks, item, write, cancellationToken).ConfigureAwait(false) ? write : null;
    }

    /// <summary>Lets chunks live as long as a manifest that is about to be written. None is given a shorter life: until then the manifest that is there needs it.</summary>
    private async Task<bool> KeepAsync(ChunkStore chunks, StoredItem item, StoreWrite write, CancellationToken cancellationToken)
    {
        var timeout = options().Timeout;
        if (!store.Capabilities.HasFlag(StoreCapabilities.Touch))
        {
            return await chunks.RewriteAsync(write.Flags, write.Life, timeout, cancellationToken).ConfigureAwait(false);
        }

        if (!await chunks.AreThereAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (item.Remaining is { } remaining && !(write.Life <= remaining))
        {
            chunks.Touch(write.Life ?? s_forever, timeout);
        }

        return true;
    }

    // A touch has no word for it; the client makes it the latest moment that memcached can count to.
    private static readonly TimeSpan s_forever = TimeSpan.FromDays(100 * 366);
}
