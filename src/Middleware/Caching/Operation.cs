using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>One operation under way: where it goes, and what is noted about it in the end.</summary>
internal readonly struct Operation(CacheServices services, IScopeSource source, StorageLevel level, EntryScope scope, CacheOperationKind kind, long started)
{
    public EntryScope Scope => scope;

    public long Started => started;

    /// <summary>Whether this request is not to be cached: reads miss, writes are dropped, removals still run.</summary>
    public bool IsBypassed => source.IsBypassed;

    public RequestMemory? Memory => source.Memory;

    public void End(EntryAddress address, CacheOperationOutcome outcome, CacheTier tier = CacheTier.None, EntryScope? reached = null)
    {
        source.Log?.Add(new ScopedCacheOperation(level, kind, outcome, tier, services.Time.GetElapsedTime(started), services.Store, address));
        if (services.IsWatched)
        {
            services.Tell(level, kind, outcome, tier, started, address, reached);
        }

        if (kind == CacheOperationKind.GetOrCreate && CacheTraces.IsListenedTo)
        {
            CacheTraces.Tell(outcome, tier);
        }
    }

    public static CacheOperationOutcome Outcome(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Hit => CacheOperationOutcome.Hit,
        ReadOutcome.Stale => CacheOperationOutcome.Stale,
        ReadOutcome.Unavailable => CacheOperationOutcome.Failed,
        _ => CacheOperationOutcome.Miss,
    };

    public static CacheOperationOutcome Outcome(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Stored => CacheOperationOutcome.Stored,
        WriteOutcome.Unavailable => CacheOperationOutcome.Failed,
        _ => CacheOperationOutcome.NotStored,
    };

    public static CacheOperationOutcome Outcome(RemoveOutcome outcome) => outcome switch
    {
        RemoveOutcome.Removed => CacheOperationOutcome.Removed,
        RemoveOutcome.NotFound => CacheOperationOutcome.NotFound,
        _ => CacheOperationOutcome.Failed,
    };
}
