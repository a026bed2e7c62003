using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;

namespace ScopedCaching.Memcached.Transport;

/// <summary>
/// A link as the stream below an <see cref="System.Net.Security.SslStream"/>. That would block in a read for as long as half a record is missing, and a read that timed out would be its last.
/// So it reads asynchronously, and <see cref="Feed"/> completes that read with what has arrived, on the thread that feeds: the whole of TLS runs there, and needs no thread of the pool.
/// </summary>
[SuppressMessage("Usage", "CA2215:Dispose methods should call base class dispose", Justification = "There is nothing to dispose: the link is its owner's.")]
internal sealed class WireStream(ILink wire) : Stream, IValueTaskSource<int>
{
    // Guards what is wanted. Continuations run outside it.
    private readonly object _gate = new();
    private ManualResetValueTaskSourceCore<int> _arrival;
    private Memory<byte> _wanted;
    private bool _isWanted;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Waits for bytes and hands them to the read that is under way. Returns false when none came for <paramref name="patience"/>. One thread at a time.</summary>
    /// <exception cref="IOException">The link failed.</exception>
    public bool Feed(TimeSpan patience)
    {
        Memory<byte> wanted;
        lock (_gate)
        {
            // Who reads goes on inside of the call below, so it has asked already; should it ever go on elsewhere, it is waited for.
            if (!_isWanted && !Monitor.Wait(_gate, patience))
            {
                return false;
            }

            wanted = _wanted;
        }

        var count = wire.Receive(wanted.Span, patience);
        if (count < 0)
        {
            return false;
        }

        lock (_gate)
        {
            (_isWanted, _wanted) = (false, default);
        }

        _arrival.SetResult(count);
        return true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return new ValueTask<int>(0);
        }

        lock (_gate)
        {
            _arrival.Reset();
            (_isWanted, _wanted) = (true, buffer);
            Monitor.Pulse(_gate);
            return new ValueTask<int>(this, _arrival.Version);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer) => wire.Send(buffer);

    public override void Write(byte[] buffer, int offset, int count) => wire.Send(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        wire.Send(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        wire.Send(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("What arrives is fed.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _arrival.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _arrival.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _arrival.OnCompleted(continuation, state, token, flags);
}
