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
            Array.ForEach(entries, entry => Counted(entry));
            return entries;
        }

        var unreachable = 0;
        var rented = RentAll(addresses, out var wireKeys);
        try
        {
            var items = await store.GetManyAsync(wireKeys, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < items.Length; i++)
            {
                unreachable += items[i].IsUnreachable ? 1 : 0;
                entries[i] = Counted(items[i].IsUnreachable ? new SealedEntry<T>(ReadOutcome.Unavailable)
                    : IsManifest(items[i]) ? await OpenOneOfManyAsync<T>(addresses[i], wireKeys[i], items[i], format ?? EntryFormat.Default, cancellationToken).ConfigureAwait(false)
                    : Open<T>(addresses[i], wireKeys[i], items[i], format ?? EntryFormat.Default));
            }
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            Array.Fill(entries, new SealedEntry<T>(ReadOutcome.Unavailable));
            Array.ForEach(entries, entry => Counted(entry));
            return entries;
        }
        finally
        {
            ReturnAll(rented);
        }

        Report(unreachable);
        return entries;
    }

    public ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, CancellationToken cancellationToken) =>
        WriteManyAsync(entries, write, default, cancellationToken);

    public async ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryMarks marks, CancellationToken cancellationToken)
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
            var large = new UnsealedValue[entries.Count];
            for (var i = 0; i < items.Length; i++)
            {
                envelopes[i] = new PooledBuffer();
                TrySeal(entries[i].Key, entries[i].Value, write, marks, envelopes[i], out var item, out large[i]);
                items[i] = new(wireKeys[i], item);
            }

            for (var i = 0; i < items.Length; i++)
            {
                if (large[i].SealedLength > 0)
                {
                    var manifest = new PooledBuffer();
                    items[i] = new(wireKeys[i], await StoreChunksAsync(wireKeys[i], entries[i].Key, large[i], write, marks, manifest, cancellationToken).ConfigureAwait(false));

                    // The value itself is needed no longer.
                    envelopes[i].Dispose();
                    envelopes[i] = manifest;
                }
            }

            outcomes = await store.SetManyAsync(items, cancellationToken).ConfigureAwait(false);
            for (var i = 0; observer is not null && i < items.Length; i++)
            {
                Tell(entries[i].Key, items[i].Value, outcomes[i], write.Life);
            }

            if (options().VerifyWrites && !write.FireAndForget)
            {
                await VerifyAllAsync(items, outcomes, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (AreSeenTo(fault, entries.Select(static entry => entry.Key)) && faults.Swallows(fault))
        {
            metrics.WriteDropped(entries.Count);
            Array.Fill(outcomes, WriteOutcome.Unavailable);
            return outcomes;
        }
        finally
        {
            Array.ForEach(envelopes, static envelope => envelope?.Dispose());
            ReturnAll(rented);
        }

        var dropped = outcomes.Count(static outcome => outcome == WriteOutcome.Unavailable);
        metrics.WriteDropped(dropped);
        ReportUndelivered(dropped, outcomes.Length);
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
        }
        catch (Exception fault) when (AreSeenTo(fault, addresses) && faults.Swallows(fault))
        {
            metrics.RemovalUndelivered(addresses.Count);
            Array.Fill(outcomes, RemoveOutcome.Undelivered);
            return outcomes;
        }
        finally
        {
            ReturnAll(rented);
        }

        var undelivered = outcomes.Count(static outcome => outcome == RemoveOutcome.Undelivered);
        metrics.RemovalUndelivered(undelivered);
        ReportUndelivered(undelivered, outcomes.Length);
        return outcomes;
    }

    /// <summary>Some entries could not be asked for, which the store tells without an exception.</summary>
    public void Report(int unreachable)
    {
        if (unreachable > 0)
        {
            faults.Unreachable();
        }
    }

    /// <summary>What cannot be loaded is that one's fault alone.</summary>
    private async Task<SealedEntry<T>> OpenOneOfManyAsync<T>(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryFormat format, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenLargeAsync<T>(address, key, item, format, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return new SealedEntry<T>(ReadOutcome.Unavailable);
        }
    }

    /// <summary>A store tells of single ones that failed; together they are one fault, which is thrown where faults are.</summary>
    private void ReportUndelivered(int failed, int all)
    {
        if (failed > 0)
        {
            Report($"{failed} of {all} entries could not be written or removed.");
        }
    }

    private void Report(string message)
    {
        var fault = new MemcachedConnectionException(message);
        if (!faults.Swallows(fault))
        {
            throw fault;
        }
    }

    private async ValueTask VerifyAllAsync(
        KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[] items, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (outcomes[i] == WriteOutcome.Stored)
            {
                outcomes[i] = await VerifyAsync(items[i].Key, items[i].Value, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>For exception filters: always true.</summary>
    private bool AreSeenTo(Exception fault, IEnumerable<EntryAddress> addresses)
    {
        foreach (var scope in addresses.Select(static address => address.Scope).Distinct())
        {
            Undelivered.IsSeenTo(fault, scope);
        }

        return true;
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
