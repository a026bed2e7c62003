using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>One operation under way: where it goes, and what is noted about it in the end.</summary>
internal readonly struct Operation(CacheServices services, OperationLog? log, StorageLevel level, EntryScope scope, CacheOperationKind kind, long started)
{
    public EntryScope Scope => scope;

    public void End(EntryAddress address, CacheOperationOutcome outcome) =>
        log?.Add(new ScopedCacheOperation(level, kind, outcome, services.Time.GetElapsedTime(started), services.Store, address));

    public static CacheOperationOutcome Outcome(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Hit => CacheOperationOutcome.Hit,
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
