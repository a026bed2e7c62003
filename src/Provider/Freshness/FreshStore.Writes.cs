using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <content>Writes and removals. Whether there is an entry is decided by whether one counts.</content>
internal sealed partial class FreshStore
{
    private static readonly EntryRead s_look = new() { AsPayload = true, LooksOnly = true };

    public async ValueTask<WriteOutcome> WriteAsync<T>(
        EntryAddress address, T value, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken)
    {
        Check(write);
        if (!store.IsEnabled)
        {
            return WriteOutcome.Disabled;
        }

        try
        {
            var scope = _generations.Of(address.Scope);
            var isConditional = IsLogical(write, generations);
            if (generations is null && !isConditional && LatestOf(scope, write.Tags) is { } latest)
            {
                return await WriteUnderAsync(scope, latest, address, value, write, cancellationToken).ConfigureAwait(false);
            }

            generations = await ForAsync(scope, generations, write.Tags, cancellationToken).ConfigureAwait(false);
            return generations is null ? WriteOutcome.NotStored
                : isConditional ? await WriteIfAsync(scope, generations, address, value, write, cancellationToken).ConfigureAwait(false)
                : await StoreAsync(scope, generations, address, value, write, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (store.Undelivered.IsSeenTo(fault, address.Scope) && store.Swallows(fault))
        {
            store.CountDropped();
            return WriteOutcome.Unavailable;
        }
    }

    public async ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        Check(write);
        if (entries.Count == 0 || !store.IsEnabled)
        {
            return Same(entries.Count, WriteOutcome.Disabled);
        }

        if (IsLogical(write, generations))
        {
            return await WriteManyIfAsync(entries, write, generations, cancellationToken).ConfigureAwait(false);
        }

        EntryMarks marks;
        try
        {
            var scope = _generations.Of(entries[0].Key.Scope);
            generations = await ForAsync(scope, generations, write.Tags, cancellationToken).ConfigureAwait(false);
            if (generations is null)
            {
                return Same(entries.Count, WriteOutcome.NotStored);
            }

            marks = MarksOf(scope, generations, write);
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            store.CountDropped(entries.Count);
            return Same(entries.Count, WriteOutcome.Unavailable);
        }

        return await store.WriteManyAsync(entries, write, marks, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken)
    {
        var key = store.Rent(address);
        try
        {
            // Sent together: the look tells whether there was an entry that counted, not only whether there was something.
            var look = store.IsEnabled ? ReadAsync<byte[]>(address, s_look, cancellationToken) : default;
            bool removed;
            try
            {
                removed = await store.DropAsync(key.Memory, version: null, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                Abandoned.LetGo(look);
                throw;
            }

            var entry = await look.ConfigureAwait(false);
            var counted = entry.Found || (removed && (!store.IsEnabled || entry.Outcome == ReadOutcome.Unavailable));
            return counted ? RemoveOutcome.Removed : RemoveOutcome.NotFound;
        }
        catch (Exception fault) when (store.Undelivered.IsSeenTo(fault, address.Scope) && store.Swallows(fault))
        {
            store.CountUndelivered();
            return RemoveOutcome.Undelivered;
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken)
    {
        Check(life);
        var entry = await ReadAsync<byte[]>(address, s_look with { Format = life.Format }, cancellationToken).ConfigureAwait(false);
        return entry.Found ? await store.TouchAsync(address, life.Life, store.FreshUntil(life), life.Format, cancellationToken).ConfigureAwait(false)
            : !store.IsEnabled ? WriteOutcome.Disabled
            : entry.Outcome == ReadOutcome.Unavailable ? WriteOutcome.Unavailable
            : WriteOutcome.NotStored;
    }

    /// <summary>Writes under the ids seen last, and looks in the same round trip whether they still are current; where they are not, writes once more.</summary>
    private async ValueTask<WriteOutcome> WriteUnderAsync<T>(
        ScopeGenerations scope, EntryGenerations latest, EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        var pending = CurrentAsync(scope, write.Tags, cancellationToken);
        WriteOutcome outcome;
        try
        {
            outcome = await StoreAsync(scope, latest, address, value, write, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Abandoned.LetGo(pending);
            throw;
        }

        if (IsSame(await pending.ConfigureAwait(false), latest) || outcome is not WriteOutcome.Stored)
        {
            return outcome;
        }

        var current = await EnsureAsync(scope, write.Tags, cancellationToken).ConfigureAwait(false);
        return await StoreAsync(scope, current, address, value, write, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<WriteOutcome> StoreAsync<T>(
        ScopeGenerations scope, EntryGenerations generations, EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken) =>
        store.StoreAsync(address, value, write, MarksOf(scope, generations, write), cancellationToken);

    private EntryMarks MarksOf(ScopeGenerations scope, EntryGenerations generations, EntryWrite write) =>
        new(CurrentIds.Encode(generations, scope.View is not null), generations.Tags.Encoded, store.FreshUntil(write));

    /// <summary>
    /// The ids to write under: those given, for exactly the tags of the write; null when that would be unsafe. A tag that nobody knew of when they were
    /// read may have been removed since. It was not when this process had seen its id before already, or when it has none yet: removing it makes one.
    /// </summary>
    private async ValueTask<EntryGenerations?> ForAsync(ScopeGenerations scope, EntryGenerations? given, EntryTags tags, CancellationToken cancellationToken)
    {
        if (given is null)
        {
            return await EnsureAsync(scope, tags, cancellationToken).ConfigureAwait(false);
        }

        if (given.Tags.Encoded.Span.SequenceEqual(tags.Encoded.Span))
        {
            return given;
        }

        var ids = new Guid[tags.Names.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            var known = IndexOf(given.Tags, tags.Names[i]);
            var generation = scope.Tag(tags.Names[i]);
            var id = known >= 0 ? given.TagIds[known]
                : generation.SeenAmong(given.ReadAt) ?? await _generations.CreateAsync(generation, cancellationToken).ConfigureAwait(false);
            if (id is null)
            {
                // Seen now, so that the next value is stored.
                await _generations.ReadAsync(generation, cancellationToken).ConfigureAwait(false);
                return null;
            }

            ids[i] = id.Value;
        }

        return new EntryGenerations(given.Level, given.View, tags, ids, given.ReadAt);
    }

    private static int IndexOf(EntryTags tags, string name)
    {
        for (var i = 0; i < tags.Names.Count; i++)
        {
            if (string.Equals(tags.Names[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The ids seen last, when all of them were seen.</summary>
    private EntryGenerations? LatestOf(ScopeGenerations scope, EntryTags tags)
    {
        if (scope.Level.Latest is not { } level || (scope.View is { } view && view.Latest is null))
        {
            return null;
        }

        var ids = new Guid[tags.Names.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            if (scope.Tag(tags.Names[i]).Latest is not { } id)
            {
                return null;
            }

            ids[i] = id;
        }

        return scope.Of(level, scope.View?.Latest, tags, ids, _generations.Noticed);
    }

    private static WriteOutcome[] Same(int count, WriteOutcome outcome)
    {
        var outcomes = new WriteOutcome[count];
        Array.Fill(outcomes, outcome);
        return outcomes;
    }

    private static void Check(EntryWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (write.Life.Absolute <= TimeSpan.Zero || write.Life.Sliding <= TimeSpan.Zero || write.FreshFor <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(write), "A lifetime must be positive. For an entry that never expires, use EntryLife.Forever.");
        }
    }
}
