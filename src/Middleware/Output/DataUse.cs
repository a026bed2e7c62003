using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>Which caches a request has used since: a response that was made of one session's data is no response for a whole customer.</summary>
internal readonly struct DataUse(OperationLog log)
{
    private readonly (long Stack, long Session) _before = log.NarrowCounts;

    public bool IsNarrowerThan(StorageLevel level)
    {
        var (stack, session) = log.NarrowCounts;
        return level switch
        {
            StorageLevel.Service => stack != _before.Stack || session != _before.Session,
            StorageLevel.Stack => session != _before.Session,
            _ => false,
        };
    }
}
