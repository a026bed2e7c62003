using System.ComponentModel;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached;

/// <summary>Waits for an asynchronous call without a deadlock, and without using another thread-pool thread. For layers that offer blocking members.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class BlockingCall
{
    /// <summary>Starts a call and blocks until it has completed. What the call awaits from a server continues on the calling thread.</summary>
    /// <param name="state">Passed to <paramref name="start"/>.</param>
    /// <param name="start">Starts the call.</param>
    public static TResult Run<TState, TResult>(TState state, Func<TState, ValueTask<TResult>> start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return BlockingCaller.Run(state, start);
    }
}
