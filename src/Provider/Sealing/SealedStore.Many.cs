using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <content>Many entries at once.</content>
internal sealed partial class SealedStore
{
    public async ValueTask<SealedEntry<T>[]> ReadManyAsync<T>(
        IReadOnlyList<EntryAddress> addresses, EntryFormat? format, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var entries = new SealedEntry<T>[addresses.Count];
        if (!options().Enabled || addresses.Count == 0)
        {
            return entries;
        }

        var rented = RentAll(addresses, out var wireKeys);
        try
        {
            var items = await store.GetManyAsync(wireKeys, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < items.Length; i++)
            {
                entries[i] = Counted(Open<T>(addresses[i], wireKeys[i], items[i], format ?? EntryFormat.Default));
            }
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            Array.Fill(entries, new SealedEntry<T>(ReadOutcome.Unavailable));
        }
        finally
        {
            ReturnAll(rented);
        }

        return entries;
    }

    public async ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfNoLife(write.Life);
        var outcomes = new WriteOutcome[entries.Count];
        if (!options().Enabled)
        {
            Array.Fill(outcomes, WriteOutcome.Disabled);
            return outcomes;
        }

        var rented = RentAll([.. entries.Select(static entry => entry.Key)], out var wireKeys);
        var envelopes = new PooledBuffer[entries.Count];
        try
        {
            // All are sealed before the first is sent: a value that is too large stops the whole.
            var items = new KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[entries.Count];
            for (var i = 0; i < items.Length; i++)
            {
                envelopes[i] = new PooledBuffer();
                items[i] = new(wireKeys[i], Seal(entries[i].Key, entries[i].Value, write, envelopes[i]));
            }

            outcomes = await store.SetManyAsync(items, cancellationToken).ConfigureAwait(false);
            metrics.WriteDropped(outcomes.Count(static outcome => outcome == WriteOutcome.Unavailable));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            metrics.WriteDropped(entries.Count);
            Array.Fill(outcomes, WriteOutcome.Unavailable);
        }
        finally
        {
            Array.ForEach(envelopes, static envelope => envelope?.Dispose());
            ReturnAll(rented);
        }

        return outcomes;
    }

    public async ValueTask<RemoveOutcome[]> RemoveManyAsync(IReadOnlyList<EntryAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var outcomes = new RemoveOutcome[addresses.Count];
        var rented = RentAll(addresses, out var wireKeys);
        try
        {
            var removed = await store.RemoveManyAsync(wireKeys, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < removed.Length; i++)
            {
                outcomes[i] = removed[i] switch
                {
                    true => RemoveOutcome.Removed,
                    false => RemoveOutcome.NotFound,
                    null => RemoveOutcome.Undelivered,
                };
            }

            metrics.RemovalUndelivered(removed.Count(static one => one is null));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            metrics.RemovalUndelivered(addresses.Count);
            Array.Fill(outcomes, RemoveOutcome.Undelivered);
        }
        finally
        {
            ReturnAll(rented);
        }

        return outcomes;
    }

    private RentedKey[] RentAll(IReadOnlyList<EntryAddress> addresses, out ReadOnlyMemory<byte>[] wireKeys)
    {
        var rented = new RentedKey[addresses.Count];
        wireKeys = new ReadOnlyMemory<byte>[addresses.Count];
        for (var i = 0; i < rented.Length; i++)
        {
            rented[i] = keys.Rent(addresses[i]);
            wireKeys[i] = rented[i].Memory;
        }

        return rented;
    }

    private static void ReturnAll(RentedKey[] rented) => Array.ForEach(rented, static key => key.Return());
}
