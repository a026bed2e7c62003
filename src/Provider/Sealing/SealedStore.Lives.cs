using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <content>New lives for entries that are there.</content>
internal sealed partial class SealedStore
{
    // A refresh hands out no value, so an entry that was written unencrypted on purpose is as good as any.
    private static readonly EntryFormat s_either = new() { Encrypt = false };

    public ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryLife life, EntryFormat? format, CancellationToken cancellationToken) =>
        TouchAsync(address, life, freshUntil: null, format, cancellationToken);

    /// <summary>Generations and tags stay as they are.</summary>
    public async ValueTask<WriteOutcome> TouchAsync(
        EntryAddress address, EntryLife life, DateTimeOffset? freshUntil, EntryFormat? format, CancellationToken cancellationToken)
    {
        ThrowIfNoLife(life);
        if (!options().Enabled)
        {
            return WriteOutcome.Disabled;
        }

        var key = keys.Rent(address);
        try
        {
            var item = (await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false)).OrThrow();
            using var scratch = new PooledBuffer();
            using var envelope = new PooledBuffer();
            StoreWrite? resealed;
            try
            {
                resealed = IsManifest(item)
                    ? await ResealLargeAsync(address, key.Memory, item, life, freshUntil, format ?? EntryFormat.Default, envelope, cancellationToken).ConfigureAwait(false)
                    : Reseal(address, item, life, freshUntil, format ?? EntryFormat.Default, scratch, envelope);
            }
            finally
            {
                item.Release();
            }

            return resealed is { } write
                ? await SetAsync(address, key.Memory, write, life, cancellationToken).ConfigureAwait(false)
                : WriteOutcome.NotStored;
        }
        catch (Exception fault) when (Undelivered.IsSeenTo(fault, address.Scope) && faults.Swallows(fault))
        {
            metrics.WriteDropped();
            return WriteOutcome.Unavailable;
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask RefreshAsync(EntryAddress address, CancellationToken cancellationToken)
    {
        if (!options().Enabled)
        {
            return;
        }

        var key = keys.Rent(address);
        try
        {
            var item = (await store.GetAsync(key.Memory, withValue: false, cancellationToken).ConfigureAwait(false)).OrThrow();
            var flags = ItemFlags.Of(item.Flags);
            if (!item.Found || flags.Window is null)
            {
                return;
            }

            if (flags.IsCapped || flags.IsManifest)
            {
                // Only the sealed header knows the deadline, and only the manifest the chunks.
                item = await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
                using var scratch = new PooledBuffer();
                if (IsManifest(item))
                {
                    await RefreshLargeAsync(address, key.Memory, item, cancellationToken).ConfigureAwait(false);
                }
                else if (TryOpen(address, item, s_either, scratch, out OpenedEnvelope opened) == ReadOutcome.Hit)
                {
                    Slide(key.Memory, item, opened.Deadline);
                }

                item.Release();
            }
            else
            {
                Slide(key.Memory, item, deadline: null);
            }
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            // The window goes on as it was.
        }
        finally
        {
            key.Return();
        }
    }

    /// <summary>The same value with another life, to be stored only if nobody changed it meanwhile; null when there is nothing that opens.</summary>
    private StoreWrite? Reseal(
        in EntryAddress address, in StoredItem item, EntryLife life, DateTimeOffset? freshUntil, EntryFormat format, PooledBuffer scratch, PooledBuffer envelope)
    {
        if (TryOpen(address, item, format, scratch, out OpenedEnvelope opened) != ReadOutcome.Hit)
        {
            return null;
        }

        var (terms, window) = TermsOf(life, new EntryMarks(opened.Generations, opened.Tags, freshUntil));
        return Item(envelope, codec.Reseal(address, opened, terms, format, envelope), SwapOf(life, item), window);
    }

    private EntryWrite SwapOf(EntryLife life, in StoredItem item) => new()
    {
        Life = life,
        Condition = store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap) ? WriteCondition.IfVersion : WriteCondition.Always,
        Version = item.Version,
    };
}
