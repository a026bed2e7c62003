namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers whose replies arrived together. The thread pool gets them as one item, which lets one after another go on; what they
/// ask next on the same connection is gathered and sent together. That may not hold anybody up: when a caller keeps the thread for a moment,
/// the connection's reader notices (<see cref="TryHelp"/>), has another thread go on with the rest, and sends what was gathered.
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
    private volatile bool _isLate;
    private volatile bool _isDone;

    public bool IsFull => _count == Capacity;

    /// <summary>When they were let go, or last helped; the reader's thread only.</summary>
    public long Since { get; set; }

    /// <summary>All have gone on, and what they asked is on its way.</summary>
    public bool IsDone => _isDone;

    /// <summary>Whether what the current thread asks of <paramref name="connection"/> will be sent soon by others.</summary>
    public static bool IsGathering(MultiplexedConnection connection) => t_running is { _isLate: false } running && ReferenceEquals(running.Connection, connection);

    private MultiplexedConnection Connection => connection;

    /// <summary>The reader's thread only, before <see cref="GoOn"/>.</summary>
    public void Add(Operation operation) => _operations[_count++] = operation;

    /// <summary>Hands the callers over to the thread pool.</summary>
    public void GoOn() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

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

    void IThreadPoolWorkItem.Execute()
    {
        t_running = this;
        try
        {
            int index;
            while ((index = Interlocked.Increment(ref _next) - 1) < _count)
            {
                ((IThreadPoolWorkItem)_operations[index]).Execute();
            }
        }
        finally
        {
            t_running = null;
            connection.SendGathered(isReader: false);
            _isDone = true;
        }
    }
}
