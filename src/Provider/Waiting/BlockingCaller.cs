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
    private bool _left;

    private BlockingCaller()
    {
    }

    /// <summary>The blocking call this thread is inside of, if any.</summary>
    public static BlockingCaller? Current => t_current;

    /// <summary>
    /// Starts an asynchronous call and blocks until it has completed. A call inside another runs what arrives for the outer one too: it may be
    /// what it waits for, and this thread is the only one that runs it.
    /// </summary>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The result is taken only once the call has completed.")]
    public static TResult Run<TState, TResult>(TState state, Func<TState, ValueTask<TResult>> start)
    {
        var outer = t_current;
        var caller = outer ?? new BlockingCaller();
        t_current = caller;
        try
        {
            var awaiter = start(state).ConfigureAwait(false).GetAwaiter();
            if (!awaiter.IsCompleted)
            {
                var call = new Call(caller);
                awaiter.UnsafeOnCompleted(call.Finish);
                caller.WorkUntilFinished(call);
            }

            return awaiter.GetResult();
        }
        finally
        {
            if (outer is null)
            {
                t_current = null;
                caller.Leave();
            }
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

    private void WorkUntilFinished(Call call)
    {
        while (true)
        {
            IThreadPoolWorkItem? work;
            lock (_gate)
            {
                while (!_arrived.TryDequeue(out work))
                {
                    if (call.IsFinished)
                    {
                        return;
                    }

                    Monitor.Wait(_gate);
                }
            }

            work.Execute();
        }
    }

    private sealed class Call(BlockingCaller caller)
    {
        /// <summary>Under the caller's lock.</summary>
        public bool IsFinished { get; private set; }

        public void Finish()
        {
            lock (caller._gate)
            {
                IsFinished = true;
                Monitor.Pulse(caller._gate);
            }
        }
    }
}
