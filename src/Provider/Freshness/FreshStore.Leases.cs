namespace ScopedCaching.Memcached.Freshness;

/// <content>Leases: on the entry itself where nothing is, else on a companion key.</content>
internal sealed partial class FreshStore
{
    private const int LeaseAttempts = 4;

    public async ValueTask<FreshEntry<T>> ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfLessThan(lease, TimeSpan.FromSeconds(1));
        if (!store.IsEnabled)
        {
            return new FreshEntry<T> { Outcome = store.Count(ReadOutcome.Miss) };
        }

        if (store.IsDown)
        {
            return new FreshEntry<T> { Outcome = store.Unreachable() };
        }

        try
        {
            for (var attempt = 0; attempt < LeaseAttempts; attempt++)
            {
                var entry = await FetchAsync<T>(address, read, lease + HeldLease.Margin, CancellationToken.None).ConfigureAwait(false);
                if (entry.Found || entry.IsLeased || entry.IsNewer || entry.Outcome == ReadOutcome.Unavailable)
                {
                    return entry;
                }

                var held = entry.WonLease ? HeldLease.OnEntry(this, address, entry.Version, lease)
                    : entry.Version != 0 ? await LeaseAsync(address, entry.Version, lease).ConfigureAwait(false)
                    : null;
                if (held is not null || !CanLease)
                {
                    return await WithGenerationsAsync(entry, address, read, held).ConfigureAwait(false);
                }

                if (attempt + 1 == LeaseAttempts || await IsUnchangedAsync(address, entry.Version).ConfigureAwait(false))
                {
                    return entry with { IsLeased = true };
                }
            }
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            // Told below.
        }

        return new FreshEntry<T> { Outcome = store.Count(ReadOutcome.Unavailable) };
    }

    public async ValueTask<EntryLease?> LeaseAsync(EntryAddress address, ulong version, TimeSpan lease)
    {
        if (!store.IsEnabled || !CanLease)
        {
            return null;
        }

        var key = store.Rent(address, Sealing.KeyDomain.Lease);
        try
        {
            var item = (await store.FetchAsync(key.Memory, lease + HeldLease.Margin, CancellationToken.None).ConfigureAwait(false)).OrThrow();
            item.Release();
            if (!item.WonLease)
            {
                return null;
            }

            var isKept = false;
            try
            {
                // Whoever held it before has stored before letting go: what the caller saw may be replaced already.
                isKept = await IsUnchangedAsync(address, version).ConfigureAwait(false);
            }
            finally
            {
                if (!isKept)
                {
                    await DropAsync(key.Memory, item.Version).ConfigureAwait(false);
                }
            }

            return isKept ? HeldLease.OnCompanion(this, address, item.Version, version, lease) : null;
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return null;
        }
        finally
        {
            key.Return();
        }
    }

    /// <summary>What may go wrong where nobody waits to be told.</summary>
    private static bool IsOfTheCache(Exception fault) => fault is MemcachedException or IOException or ObjectDisposedException;

    public bool CanLease => store.Capabilities.HasFlag(StoreCapabilities.Lease);

    /// <summary>What is created now is written under ids that were there before: those that are missing are made first.</summary>
    private async ValueTask<FreshEntry<T>> WithGenerationsAsync<T>(FreshEntry<T> entry, EntryAddress address, EntryRead read, EntryLease? held)
    {
        try
        {
            var generations = entry.Generations ?? await EnsureAsync(_generations.Of(address.Scope), read.Tags, CancellationToken.None).ConfigureAwait(false);
            return entry with { Lease = held, Generations = generations };
        }
        catch
        {
            if (held is not null)
            {
                await held.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private async ValueTask<bool> IsUnchangedAsync(EntryAddress address, ulong version)
    {
        var key = store.Rent(address);
        try
        {
            var item = await store.FetchWithoutValueAsync(key.Memory, CancellationToken.None).ConfigureAwait(false);
            return item.Version == version;
        }
        finally
        {
            key.Return();
        }
    }

    private async ValueTask DropAsync(ReadOnlyMemory<byte> key, ulong version)
    {
        try
        {
            await store.DropAsync(key, version, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsOfTheCache(fault))
        {
            // It ends by itself.
        }
    }
}
