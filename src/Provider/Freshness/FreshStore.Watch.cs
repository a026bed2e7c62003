using System.Collections.Concurrent;

namespace ScopedCaching.Memcached.Freshness;

/// <content>Generations on which something depends that is kept elsewhere, and is not asked for at each use.</content>
internal sealed partial class FreshStore
{
    // Above that, what is new is not watched: its keeper asks after its own time.
    private const int MostWatched = 16384;

    private static readonly TimeSpan s_watchFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Generation, Watched> _watched = new();

    public bool Watch(EntryScope scope, EntryGenerations generations)
    {
        ArgumentNullException.ThrowIfNull(generations);
        var home = _generations.Of(scope);
        var unchanged = Watch(home.Level, generations.Level) && (home.View is null || Watch(home.View, generations.View!.Value));
        for (var i = 0; i < generations.TagIds.Length; i++)
        {
            unchanged = Watch(home.Tag(generations.Tags.Names[i]), generations.TagIds[i]) && unchanged;
        }

        return unchanged;
    }

    public async ValueTask<bool> HaveWatchedChangedAsync(CancellationToken cancellationToken)
    {
        var changed = false;
        var oldest = time.GetTimestamp() - (long)(s_watchFor.TotalSeconds * time.TimestampFrequency);
        foreach (var batch in _watched.Chunk(1024))
        {
            var pending = Array.ConvertAll(batch, watched => _generations.VersionAsync(watched.Key, cancellationToken));
            for (var i = 0; i < batch.Length; i++)
            {
                var (generation, watched) = (batch[i].Key, batch[i].Value);
                try
                {
                    var isOther = await pending[i].ConfigureAwait(false) != watched.Version;
                    changed |= isOther;
                    if (isOther || watched.At < oldest)
                    {
                        _watched.TryRemove(batch[i]);
                    }
                }
                catch (Exception fault) when (store.Swallows(fault))
                {
                    // Asked again next time.
                }
            }
        }

        return changed;
    }

    private bool Watch(Generation generation, Guid id)
    {
        if (generation.VersionOf(id) is not { } version)
        {
            return false;
        }

        if (_watched.Count < MostWatched || _watched.ContainsKey(generation))
        {
            // The version watched first stays: a change that nobody has been told of yet must not be forgotten.
            var now = time.GetTimestamp();
            _watched.AddOrUpdate(generation, new Watched(version, now), (_, known) => known with { At = now });
        }

        return true;
    }

    private readonly record struct Watched(ulong Version, long At);
}
