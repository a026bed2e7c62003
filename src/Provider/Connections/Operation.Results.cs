using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Connections;

/// <content>What the caller's await takes: the reply, or what it tells. Taking it is the caller's end of the operation.</content>
internal sealed partial class Operation
{
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    Reply IValueTaskSource<Reply>.GetResult(short token) => Take(token);

    MemcachedItem IValueTaskSource<MemcachedItem>.GetResult(short token) => Take(token).ToItem();

    StoredItem IValueTaskSource<StoredItem>.GetResult(short token) => Take(token).ToStoredItem();

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        // Read before the operation is let go.
        var storesNothing = _storesNothing;
        return _destination is { } destination ? TakeInto(destination, token) : Take(token).IsDone() && !storesNothing;
    }

    /// <summary>
    /// On the caller's own thread, when it takes the reply: whoever gave up is never written to. The value may stand in <see cref="Scratch"/>, so the operation is let go last.
    /// </summary>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Called once the outcome is there.")]
    private bool TakeInto(IBufferWriter<byte> destination, short token)
    {
        _registration.Dispose();
        try
        {
            var reply = _core.GetResult(token);
            try
            {
                destination.Write(reply.Value.Span);
                return reply.Status == ReplyStatus.Value || reply.IsDone();
            }
            finally
            {
                reply.Release();
            }
        }
        finally
        {
            TellAndRelease();
        }
    }

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Called once the outcome is there.")]
    private Reply Take(short token)
    {
        // Waits for a cancellation callback that is running just now: none may reach the next use.
        _registration.Dispose();
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            TellAndRelease();
        }
    }
}
