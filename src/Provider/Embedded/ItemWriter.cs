namespace ScopedCaching.Memcached.Embedded;

internal enum StoreMode
{
    Set,
    Add,
    Replace,
    Append,
    Prepend,
    Cas,
}

internal enum StoreOutcome
{
    Stored,
    NotStored,
    Exists,
    NotFound,
}

/// <summary>What the storing commands have in common: whether a value may be stored, and as what.</summary>
internal static class ItemWriter
{
    /// <param name="store">The store, its lock held.</param>
    /// <param name="item">The new entry.</param>
    /// <param name="mode">How it meets an entry that is already there.</param>
    /// <param name="cas">The CAS id to compare with; 0 compares nothing, except in <see cref="StoreMode.Cas"/>.</param>
    /// <param name="markStale">Whether an older CAS id is accepted, the entry then being stale.</param>
    /// <param name="casOfStored">The new entry's CAS id, or 0.</param>
    public static StoreOutcome Store(ItemStore store, StoredItem item, StoreMode mode, ulong cas, bool markStale, out ulong casOfStored)
    {
        store.Statistics.Sets++;
        var old = store.Find(item.Key);
        var (outcome, toStore) = mode switch
        {
            StoreMode.Add => old is null ? (StoreOutcome.Stored, item) : (StoreOutcome.NotStored, null),
            StoreMode.Replace => old is null ? (StoreOutcome.NotStored, null) : (StoreOutcome.Stored, item),
            StoreMode.Append => Join(store, old, item, old, cas),
            StoreMode.Prepend => Join(store, item, old, old, cas),
            StoreMode.Cas => Compare(store, old, item, cas, markStale),
            _ => (StoreOutcome.Stored, item),
        };
        casOfStored = 0;
        if (toStore is not null)
        {
            store.Put(toStore);
            casOfStored = toStore.Cas;
        }
        else if (mode == StoreMode.Add && old is not null)
        {
            // A refused add still counts as a use.
            old.UsedAt = store.Clock.Now;
        }

        return outcome;
    }

    private static (StoreOutcome Outcome, StoredItem? Item) Join(ItemStore store, StoredItem? first, StoredItem? second, StoredItem? old, ulong cas)
    {
        if (old is null || first is null || second is null)
        {
            return (StoreOutcome.NotStored, null);
        }

        if (cas != 0 && cas != old.Cas)
        {
            return (StoreOutcome.Exists, null);
        }

        if (!store.Fits(old.Key.Length, first.Value.Length + second.Value.Length, old.ClientFlags))
        {
            return (StoreOutcome.NotStored, null);
        }

        byte[] joined = [.. first.Value, .. second.Value];
        return (StoreOutcome.Stored, new StoredItem(old.Key, joined) { ClientFlags = old.ClientFlags, Deadline = old.Deadline });
    }

    private static (StoreOutcome Outcome, StoredItem? Item) Compare(ItemStore store, StoredItem? old, StoredItem item, ulong cas, bool markStale)
    {
        if (old is null)
        {
            store.Statistics.CasMisses++;
            return (StoreOutcome.NotFound, null);
        }

        if (old.Cas == cas)
        {
            store.Statistics.CasHits++;
            return (StoreOutcome.Stored, item);
        }

        if (!markStale || cas >= old.Cas)
        {
            store.Statistics.CasMismatches++;
            return (StoreOutcome.Exists, null);
        }

        // A late value is better than none: it is stored, and stays as stale, and as long-lived, as what it replaces.
        store.Statistics.CasHits++;
        item.Deadline = old.Deadline;
        item.IsStale = true;
        item.IsTokenSent = old.IsTokenSent;
        return (StoreOutcome.Stored, item);
    }
}
