namespace ScopedCaching.Scopes;

/// <summary>The latest operations of a request.</summary>
internal sealed class OperationLog : IScopedCacheFeature
{
    internal const int Kept = 256;
    private readonly Lock _lock = new();
    private readonly List<ScopedCacheOperation> _latest = [];
    private long _count;
    private long _ofStack;
    private long _ofSession;

    public long OperationCount => Interlocked.Read(ref _count);

    public IReadOnlyList<ScopedCacheOperation> Operations
    {
        get
        {
            lock (_lock)
            {
                // The oldest stands where the next one will be written; while there is room that is behind all of them.
                var oldest = (int)(_count % Kept);
                return [.. _latest[oldest..], .. _latest[..oldest]];
            }
        }
    }

    public void Add(in ScopedCacheOperation operation)
    {
        lock (_lock)
        {
            if (_latest.Count < Kept)
            {
                _latest.Add(operation);
            }
            else
            {
                _latest[(int)(_count % Kept)] = operation;
            }

            _count++;
            _ofStack += operation.Level == StorageLevel.Stack ? 1 : 0;
            _ofSession += operation.Level == StorageLevel.Session ? 1 : 0;
        }
    }

    /// <summary>How many operations there were on the customer's cache, and on the session's.</summary>
    public (long Stack, long Session) NarrowCounts
    {
        get
        {
            lock (_lock)
            {
                return (_ofStack, _ofSession);
            }
        }
    }
}
