using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <content>A value made of the one before.</content>
internal sealed partial class FreshStore
{
    public async ValueTask<(WriteOutcome Outcome, T? Value)> UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(update);
        if (!store.IsEnabled)
        {
            return (WriteOutcome.Disabled, default);
        }

        using var turn = await store.Turns.TakeAsync(address, cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < Turns.Attempts; attempt++)
        {
            var entry = await ReadAsync<T>(address, read, cancellationToken).ConfigureAwait(false);
            var generations = entry.Outcome == ReadOutcome.Unavailable || entry.IsNewer ? null
                : entry.Generations ?? await GenerationsAsync(address.Scope, read.Tags, cancellationToken).ConfigureAwait(false);
            if (generations is null)
            {
                return (WriteOutcome.Unavailable, default);
            }

            var (value, write) = update(entry);
            var condition = entry.Version == 0 ? WriteCondition.IfAbsent : WriteCondition.IfVersion;
            var outcome = await WriteUnlessChangedAsync(address, value, write with { Condition = condition, Version = entry.Version }, generations, cancellationToken).ConfigureAwait(false);
            if (outcome != WriteOutcome.NotStored)
            {
                return (outcome, value);
            }

            await store.Turns.BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
        }

        return (WriteOutcome.NotStored, default);
    }

    /// <summary>The condition is the store's: what was read decided already what counts.</summary>
    private async ValueTask<WriteOutcome> WriteUnlessChangedAsync<T>(
        EntryAddress address, T value, EntryWrite write, EntryGenerations generations, CancellationToken cancellationToken)
    {
        Check(write);
        try
        {
            var scope = _generations.Of(address.Scope);
            return await ForAsync(scope, generations, write.Tags, cancellationToken).ConfigureAwait(false) is { } ids
                ? await StoreAsync(scope, ids, address, value, write, cancellationToken).ConfigureAwait(false)
                : WriteOutcome.NotStored;
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            store.CountDropped();
            return WriteOutcome.Unavailable;
        }
    }
}
