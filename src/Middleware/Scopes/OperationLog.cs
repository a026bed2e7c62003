namespace ScopedCaching.Scopes;

/// <summary>The latest operations of a request.</summary>
internal sealed class OperationLog : IScopedCacheFeature
{
    internal const int Kept = 256;
    private readonly Lock _lock = new();
    private readonly List<ScopedCacheOperation> _latest = [];
    private readonly long[] _byLevel = new long[3];
    private long _count;

    public long OperationCount => Interlocked.Read(ref _count);

    public IReadOnlyList<ScopedCacheOperation> Operations
    {
        get
        {
            lock (_lock)
            {
                // The oldest stands where the next one will be written.
                var oldest = _latest.Count < Kept ? 0 : (int)(_count % Kept);
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
            _byLevel[(int)operation.Level]++;
        }
    }

    /// <summary>How many operations there were at a level.</summary>
    public long CountOf(StorageLevel level) => Interlocked.Read(ref _byLevel[(int)level]);
}
