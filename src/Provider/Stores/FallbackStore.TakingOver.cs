namespace ScopedCaching.Memcached.Stores;

/// <content>How an item comes from there to here.</content>
internal sealed partial class FallbackStore
{
    /// <summary>For who found nothing, or a mark.</summary>
    private async Task<StoredItem> TakeOverAsync(ReadOnlyMemory<byte> key, StoredItem item, bool withValue, CancellationToken cancellationToken)
    {
        if (!item.Found)
        {
            // Looked before the mark is made: most of what is not here is not there either.
            var seen = await former.GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (!seen.Found)
            {
                return default;
            }

            seen.Release();
            await primary.SetAsync(key, new StoreWrite(default, Mark, s_markLife, WriteCondition.IfAbsent), cancellationToken).ConfigureAwait(false);
            item = await primary.GetAsync(key, withValue, cancellationToken).ConfigureAwait(false);
            if (!item.Found || item.Flags != Mark)
            {
                return item;
            }
        }

        if (await SwapInAsync(key, item.Version, cancellationToken).ConfigureAwait(false))
        {
            return Settled(await primary.GetAsync(key, withValue, cancellationToken).ConfigureAwait(false));
        }

        await primary.RemoveAsync(key, item.Version, cancellationToken).ConfigureAwait(false);
        return default;
    }

    /// <summary>For who won the lease: its placeholder serves as the mark.</summary>
    private async Task<StoredItem> TakeOverAsync(ReadOnlyMemory<byte> key, StoredItem lease, CancellationToken cancellationToken)
    {
        try
        {
            return await SwapInAsync(key, lease.Version, cancellationToken).ConfigureAwait(false)
                ? Settled(await primary.GetAsync(key, withValue: true, cancellationToken).ConfigureAwait(false))
                : lease;
        }
        catch
        {
            // Nobody would know of the lease, and everybody would wait for it.
            _ = ForgetAsync(key.ToArray(), lease.Version);
            throw;
        }
    }

    /// <summary>Stores here what is there, while <paramref name="version"/> stands here. False: there is nothing to take over.</summary>
    private async Task<bool> SwapInAsync(ReadOnlyMemory<byte> key, ulong version, CancellationToken cancellationToken)
    {
        var item = await former.GetAsync(key, cancellationToken).ConfigureAwait(false);
        if (!item.Found || item.Value.Length > primary.LargestValue)
        {
            item.Release();
            return false;
        }

        try
        {
            var write = new StoreWrite(item.Value, item.Flags, item.Remaining, WriteCondition.IfVersion, version);
            if (await primary.SetAsync(key, write, cancellationToken).ConfigureAwait(false) == WriteOutcome.Stored)
            {
                metrics.TakenOver();
            }

            return true;
        }
        finally
        {
            item.Release();
        }
    }

    private async Task ForgetAsync(byte[] key, ulong version)
    {
        try
        {
            await primary.RemoveAsync(key, version, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is MemcachedException or IOException or ObjectDisposedException)
        {
            // It ends by itself.
        }
    }
}
