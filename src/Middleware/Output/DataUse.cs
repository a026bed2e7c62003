using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>Which caches a request has used since: a response that was made of one session's data is no response for a whole customer.</summary>
internal readonly struct DataUse(OperationLog log)
{
    private readonly long _stack = log.CountOf(StorageLevel.Stack);
    private readonly long _session = log.CountOf(StorageLevel.Session);

    public bool IsNarrowerThan(StorageLevel level) => level switch
    {
        StorageLevel.Service => log.CountOf(StorageLevel.Stack) != _stack || log.CountOf(StorageLevel.Session) != _session,
        StorageLevel.Stack => log.CountOf(StorageLevel.Session) != _session,
        _ => false,
    };
}
