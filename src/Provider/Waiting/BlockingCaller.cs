using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached.Waiting;

/// <summary>
/// Lets a thread block for an asynchronous call without needing any other thread's help: what the call awaits on a connection
/// comes back to the blocked thread itself and runs there. So blocking callers neither deadlock nor wait for a starved thread pool,
/// and there is one code path for both kinds of callers.
/// </summary>
internal sealed class BlockingCaller
{
    [ThreadStatic]
    private static BlockingCaller? t_current;

    private readonly object _gate = new();
    private readonly Queue<IThreadPoolWorkItem> _arrived = new();
    private readonly Action _wake;
    private bool _finished;
    private bool _left;

    private BlockingCaller() => _wake = Finish;

    /// <summary>The blocking call this thread is inside of, if any.</summary>
    public static BlockingCaller? Current => t_current;

    /// <summary>Starts an asynchronous call and blocks until it has completed.</summary>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The result is taken only once the call has completed.")]
    public static TResult Run<TState, TResult>(TState state, Func<TState, ValueTask<TResult>> start)
    {
        var outer = t_current;
        var caller = new BlockingCaller();
        t_current = caller;
        try
        {
            var awaiter = start(state).ConfigureAwait(false).GetAwaiter();
            if (!awaiter.IsCompleted)
            {
                awaiter.UnsafeOnCompleted(caller._wake);
                caller.WorkUntilFinished();
            }

            return awaiter.GetResult();
        }
        finally
        {
            t_current = outer;
            caller.Leave();
        }
    }

    /// <summary>Hands the blocked thread something to run; the thread pool runs what comes after it has left.</summary>
    public void Post(IThreadPoolWorkItem work)
    {
        lock (_gate)
        {
            if (!_left)
            {
                _arrived.Enqueue(work);
                Monitor.Pulse(_gate);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    private void Finish()
    {
        lock (_gate)
        {
            _finished = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _left = true;
            while (_arrived.TryDequeue(out var work))
            {
                ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
            }
        }
    }

    private void WorkUntilFinished()
    {
        while (true)
        {
            IThreadPoolWorkItem? work;
            lock (_gate)
            {
                while (!_arrived.TryDequeue(out work))
                {
                    if (_finished)
                    {
                        return;
                    }

                    Monitor.Wait(_gate);
                }
            }

            work.Execute();
        }
    }
}
