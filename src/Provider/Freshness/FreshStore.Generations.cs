namespace ScopedCaching.Memcached.Freshness;

/// <content>Ids of generations: what is current, and how it changes.</content>
internal sealed partial class FreshStore
{
    public async ValueTask<EntryGenerations?> GenerationsAsync(EntryScope scope, EntryTags? tags, CancellationToken cancellationToken)
    {
        if (!store.IsEnabled)
        {
            return null;
        }

        if (store.IsDown)
        {
            store.Report(unreachable: 1);
            return null;
        }

        try
        {
            return await EnsureAsync(_generations.Of(scope), tags ?? EntryTags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return null;
        }
    }

    public ValueTask<bool> ClearAsync(EntryScope scope, CancellationToken cancellationToken)
    {
        var generations = _generations.Of(scope);
        return RenewAsync([generations.View ?? generations.Level], cancellationToken);
    }

    public ValueTask<bool> RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var generations = _generations.Of(scope);
        return RenewAsync([.. tags.Names.Select(generations.Tag)], cancellationToken);
    }

    private async ValueTask<bool> RenewAsync(Generation[] generations, CancellationToken cancellationToken)
    {
        var delivered = true;
        Exception? first = null;
        var pending = Array.ConvertAll(generations, generation => _generations.RenewAsync(generation, cancellationToken));
        for (var i = 0; i < pending.Length; i++)
        {
            try
            {
                await pending[i].ConfigureAwait(false);
            }
            catch (Exception fault) when (store.Undelivered.IsSeenTo(fault, generations[i].WireKey) && store.Swallows(fault))
            {
                store.CountUndelivered();
                delivered = false;
            }
            catch (Exception fault) when (fault is MemcachedException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // Thrown once it is known what became of all.
                first ??= fault;
            }
        }

        return first is null ? delivered : throw first;
    }

    /// <summary>The current ids; what is missing is made.</summary>
    private async ValueTask<EntryGenerations> EnsureAsync(ScopeGenerations scope, EntryTags tags, CancellationToken cancellationToken)
    {
        var current = await CurrentAsync(scope, tags, cancellationToken).ConfigureAwait(false);
        if (current.ToGenerations(scope) is { } complete)
        {
            return complete;
        }

        var level = current.Level ?? await _generations.EnsureAsync(scope.Level, cancellationToken).ConfigureAwait(false);
        Guid? view = scope.View is { } generation ? current.View ?? await _generations.EnsureAsync(generation, cancellationToken).ConfigureAwait(false) : null;
        var tagIds = new Guid[tags.Names.Count];
        for (var i = 0; i < tagIds.Length; i++)
        {
            tagIds[i] = current.TagIds[i] ?? await _generations.EnsureAsync(scope.Tag(tags.Names[i]), cancellationToken).ConfigureAwait(false);
        }

        return scope.Of(level, view, tags, tagIds, current.ReadAt);
    }

    private async ValueTask<CurrentIds> CurrentAsync(ScopeGenerations scope, EntryTags tags, CancellationToken cancellationToken)
    {
        var readAt = _generations.Noticed;
        var level = _generations.ReadAsync(scope.Level, cancellationToken);
        var view = scope.View is { } generation ? _generations.ReadAsync(generation, cancellationToken) : default;
        var tagIds = Start(scope, tags, cancellationToken);
        return new CurrentIds(
            await level.ConfigureAwait(false), scope.View is not null, await view.ConfigureAwait(false), tags, await AllAsync(tagIds).ConfigureAwait(false), readAt);
    }

    private ValueTask<Guid?>[] Start(ScopeGenerations scope, EntryTags tags, CancellationToken cancellationToken)
    {
        if (tags.Names.Count == 0)
        {
            return [];
        }

        var pending = new ValueTask<Guid?>[tags.Names.Count];
        for (var i = 0; i < pending.Length; i++)
        {
            pending[i] = _generations.ReadAsync(scope.Tag(tags.Names[i]), cancellationToken);
        }

        return pending;
    }

    private static async ValueTask<Guid?[]> AllAsync(ValueTask<Guid?>[] pending)
    {
        var ids = new Guid?[pending.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = await pending[i].ConfigureAwait(false);
        }

        return ids;
    }

    private static bool IsSame(in CurrentIds current, EntryGenerations written)
    {
        var same = current.Level == written.Level && current.View == written.View && current.TagIds.Length == written.TagIds.Length;
        for (var i = 0; same && i < written.TagIds.Length; i++)
        {
            same = current.TagIds[i] == written.TagIds[i];
        }

        return same;
    }
}
