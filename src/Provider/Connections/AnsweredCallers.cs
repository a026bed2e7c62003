namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers whose replies arrived together. The thread pool gets them as one item, as soon as there are two, which lets one after another go on while the reader
/// still takes replies out of its buffer; what they ask next on the same connection is gathered and sent together. That may not hold anybody up: when a caller keeps
/// the thread for a moment, the connection's reader notices (<see cref="TryHelp"/>), has another thread go on with the rest, and sends what was gathered.
/// </summary>
internal sealed class AnsweredCallers(MultiplexedConnection connection) : IThreadPoolWorkItem
{
    /// <summary>So many replies are handed over at once while more are still being read.</summary>
    public const int Capacity = 32;

    [ThreadStatic]
    private static AnsweredCallers? t_running;

    private readonly Operation[] _operations = new Operation[Capacity];
    private int _count;
    private int _next;
    private int _runs;
    private volatile bool _isClosed;
    private volatile bool _isLate;
    private volatile bool _isDone;

    public bool IsFull => _count == Capacity;

    /// <summary>When they were let go, or last helped; the reader's thread only.</summary>
    public long Since { get; set; }

    /// <summary>All have gone on, and what they asked is on its way.</summary>
    public bool IsDone => _isDone;

    /// <summary>No thread has anything to do with it any more: it may be used again.</summary>
    public bool IsFree => _isDone && Volatile.Read(ref _runs) == 0;

    /// <summary>Whether what the current thread asks of <paramref name="connection"/> will be sent soon by others.</summary>
    public static bool IsGathering(MultiplexedConnection connection) => t_running is { _isLate: false } running && ReferenceEquals(running.Connection, connection);

    private MultiplexedConnection Connection => connection;

    /// <summary>The reader's thread only, until <see cref="Close"/>. It never waits for anything in between: who goes on already waits for it.</summary>
    public void Add(Operation operation)
    {
        _operations[_count] = operation;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Hands the callers over to the thread pool: those that are here, and those that are added until <see cref="Close"/>.</summary>
    public void GoOn()
    {
        Interlocked.Increment(ref _runs);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>There come no more.</summary>
    public void Close() => _isClosed = true;

    /// <summary>A caller keeps its thread. Nothing is gathered here any more; another thread takes the callers that are left. False: there are none.</summary>
    public bool TryHelp(long now)
    {
        Since = now;
        _isLate = true;
        if (Volatile.Read(ref _next) >= _count)
        {
            return false;
        }

        GoOn();
        return true;
    }

    /// <summary>Only when <see cref="IsFree"/>.</summary>
    public void Reset()
    {
        Array.Clear(_operations, 0, _count);
        (_count, _next) = (0, 0);
        (_isClosed, _isLate, _isDone) = (false, false, false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        t_running = this;
        try
        {
            while (TakeNext() is { } operation)
            {
                ((IThreadPoolWorkItem)operation).Execute();
            }
        }
        finally
        {
            t_running = null;
            connection.SendGathered(isReader: false);
            _isDone = true;
            Interlocked.Decrement(ref _runs);
        }
    }

    /// <summary>The next caller; null when all have gone on. What the reader has not added yet is a matter of a microsecond.</summary>
    private Operation? TakeNext()
    {
        var wait = default(SpinWait);
        while (true)
        {
            var isClosed = _isClosed;
            var next = Volatile.Read(ref _next);
            if (next >= Volatile.Read(ref _count))
            {
                if (isClosed)
                {
                    return null;
                }

                wait.SpinOnce(sleep1Threshold: -1);
            }
            else if (Interlocked.CompareExchange(ref _next, next + 1, next) == next)
            {
                return _operations[next];
            }
        }
    }
}
