using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <content>Many entries of one scope at once.</content>
internal sealed partial class FreshStore
{
    public async ValueTask<FreshEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var entries = new FreshEntry<T>[addresses.Count];
        if (!store.IsEnabled || addresses.Count == 0)
        {
            return CountAll(entries);
        }

        var unreachable = 0;
        try
        {
            unreachable = await FetchManyAsync(addresses, read ?? EntryRead.Default, entries, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            Array.Fill(entries, new FreshEntry<T> { Outcome = ReadOutcome.Unavailable });
            return CountAll(entries);
        }

        store.Report(unreachable);
        return CountAll(entries);
    }

    /// <returns>How many could not be asked for.</returns>
    private async ValueTask<int> FetchManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead read, FreshEntry<T>[] entries, CancellationToken cancellationToken)
    {
        var scope = _generations.Of(addresses[0].Scope);
        RentedKey[] keys = [.. addresses.Select(address => store.Rent(address))];
        try
        {
            var pending = store.FetchManyAsync(Array.ConvertAll(keys, static key => key.Memory), cancellationToken);
            var pendingIds = CurrentAsync(scope, read.Tags, cancellationToken);
            StoredItem[] items;
            try
            {
                items = await pending.ConfigureAwait(false);
            }
            catch
            {
                Abandoned.LetGo(pendingIds);
                throw;
            }

            try
            {
                var current = await pendingIds.ConfigureAwait(false);
                var asked = new EntryTags?[items.Length];
                for (var i = 0; i < items.Length; i++)
                {
                    entries[i] = Open<T>(addresses[i], keys[i].Memory, items[i], read, scope, current, out asked[i]);
                }

                // The ids of all tags that nobody foresaw are read together: one more round trip for the whole batch.
                var ids = await AllAsync(scope, asked, cancellationToken).ConfigureAwait(false);
                for (var i = 0; i < items.Length; i++)
                {
                    if (asked[i] is { } tags)
                    {
                        _foreseen.Remember(addresses[i], tags);
                        var known = current with { Tags = tags, TagIds = [.. tags.Names.Select(name => ids[name])] };
                        entries[i] = Open<T>(addresses[i], keys[i].Memory, items[i], read, scope, known, out _);
                    }

                    if (entries[i].IsManifest)
                    {
                        entries[i] = await WithLargeValueOfManyAsync(addresses[i], keys[i].Memory, items[i], read, entries[i], cancellationToken).ConfigureAwait(false);
                    }
                }

                return items.Count(static item => item.IsUnreachable);
            }
            finally
            {
                Array.ForEach(items, static item => item.Release());
            }
        }
        finally
        {
            Array.ForEach(keys, static key => key.Return());
        }
    }

    private async ValueTask<Dictionary<string, Guid?>> AllAsync(ScopeGenerations scope, EntryTags?[] asked, CancellationToken cancellationToken)
    {
        string[] names = [.. asked.SelectMany(static tags => tags?.Names ?? []).Distinct(StringComparer.Ordinal)];
        var ids = await AllAsync(Array.ConvertAll(names, name => _generations.ReadAsync(scope.Tag(name), cancellationToken))).ConfigureAwait(false);
        return names.Zip(ids).ToDictionary(static one => one.First, static one => one.Second, StringComparer.Ordinal);
    }

    private FreshEntry<T>[] CountAll<T>(FreshEntry<T>[] entries)
    {
        Array.ForEach(entries, entry => store.Count(entry.Outcome));
        return entries;
    }
}
