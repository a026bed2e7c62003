using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <content>Entries whose values stand in chunks: those are read once it is known that the entry counts.</content>
internal sealed partial class FreshStore
{
    private async Task<FreshEntry<T>> WithLargeValueAsync<T>(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryRead read, FreshEntry<T> entry, CancellationToken cancellationToken)
    {
        var lost = new FreshEntry<T> { Outcome = ReadOutcome.Unopenable, Version = entry.Version, Generations = entry.Generations };
        if (read.LooksOnly)
        {
            return await store.IsWholeAsync(address, key, item, read.Format, cancellationToken).ConfigureAwait(false) ? entry with { IsManifest = false } : lost;
        }

        using var large = await store.LoadAsync(address, key, item, read.Format, cancellationToken).ConfigureAwait(false);
        T? value = default;
        return large is null || (!read.AsPayload && !store.TryRead(large, read.Format, out value))
            ? lost
            : entry with { Value = value, Payload = read.AsPayload ? large.ToPayload() : null, IsManifest = false };
    }

    /// <summary>The same for one of many: that its chunks cannot be read costs the others nothing.</summary>
    private async Task<FreshEntry<T>> WithLargeValueOfManyAsync<T>(
        EntryAddress address, ReadOnlyMemory<byte> key, StoredItem item, EntryRead read, FreshEntry<T> entry, CancellationToken cancellationToken)
    {
        try
        {
            return await WithLargeValueAsync(address, key, item, read, entry, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return new FreshEntry<T> { Outcome = ReadOutcome.Unavailable };
        }
    }
}
