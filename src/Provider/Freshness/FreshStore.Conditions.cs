namespace ScopedCaching.Memcached.Freshness;

/// <content>Conditional writes: placeholders of leases and entries of former generations are there and do not count.</content>
internal sealed partial class FreshStore
{
    private const int WriteAttempts = 8;

    /// <summary>
    /// Whether the condition is about entries that count. A version under given ids is not: it is what was read with them, and may be a placeholder's.
    /// </summary>
    private bool IsLogical(EntryWrite write, EntryGenerations? generations) =>
        store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap)
        && (write.Condition is WriteCondition.IfAbsent or WriteCondition.IfPresent || (write.Condition == WriteCondition.IfVersion && generations is null));

    private static bool IsMet(EntryWrite write, bool counts, ulong version) => write.Condition switch
    {
        WriteCondition.IfAbsent => !counts,
        WriteCondition.IfPresent => counts,
        _ => counts && version == write.Version,
    };

    /// <summary>Decides by reading, and acts only while what was read is still there.</summary>
    private async ValueTask<WriteOutcome> WriteIfAsync<T>(
        ScopeGenerations scope, EntryGenerations generations, EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        var look = s_look with { Format = write.Format };
        for (var attempt = 0; attempt < WriteAttempts; attempt++)
        {
            var entry = await FetchAsync<byte[]>(address, look, lease: null, cancellationToken).ConfigureAwait(false);
            if (entry.Outcome == ReadOutcome.Unavailable)
            {
                store.CountDropped();
                return WriteOutcome.Unavailable;
            }

            if (entry.IsNewer || !IsMet(write, entry.Found, entry.Version))
            {
                return WriteOutcome.NotStored;
            }

            var sure = entry.Version == 0
                ? write with { Condition = WriteCondition.IfAbsent }
                : write with { Condition = WriteCondition.IfVersion, Version = entry.Version };
            var outcome = await StoreAsync(scope, generations, address, value, sure, cancellationToken).ConfigureAwait(false);
            if (outcome != WriteOutcome.NotStored)
            {
                return outcome;
            }
        }

        return WriteOutcome.NotStored;
    }

    private async ValueTask<WriteOutcome[]> WriteManyIfAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[entries.Count];
        ValueTask<WriteOutcome>[] pending = [.. entries.Select(entry => WriteAsync(entry.Key, entry.Value, write, generations, cancellationToken))];
        for (var i = 0; i < pending.Length; i++)
        {
            outcomes[i] = await pending[i].ConfigureAwait(false);
        }

        return outcomes;
    }
}
