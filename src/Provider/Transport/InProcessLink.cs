using System.Buffers;

namespace ScopedCaching.Memcached.Transport;

/// <summary>The far end of an in-process link: takes bytes, and writes what it has to say to them.</summary>
internal interface IInProcessPeer : IDisposable
{
    /// <summary>Takes the next bytes of the stream, split anywhere. Returns false to close the link after <paramref name="replies"/>.</summary>
    bool Accept(ReadOnlySpan<byte> bytes, IBufferWriter<byte> replies);
}

/// <summary>A link to a peer in the same process. The peer runs on the sender's thread, so there is nothing to schedule.</summary>
internal sealed class InProcessLink(IInProcessPeer peer) : ILink
{
    // Guards the replies. The peer is called outside it: only one thread sends at a time.
    private readonly object _gate = new();
    private ArrayBufferWriter<byte> _arrived = new();
    private ArrayBufferWriter<byte> _spoken = new();
    private int _taken;
    private bool _closedByPeer;
    private bool _disposed;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        ThrowIfClosed();
        _spoken.ResetWrittenCount();
        var open = peer.Accept(bytes, _spoken);
        lock (_gate)
        {
            _arrived.Write(_spoken.WrittenSpan);
            _closedByPeer |= !open;
            Monitor.PulseAll(_gate);
        }
    }

    public int Receive(Span<byte> buffer, TimeSpan patience)
    {
        lock (_gate)
        {
            while (_taken == _arrived.WrittenCount)
            {
                if (_disposed)
                {
                    throw new IOException("The in-process link was closed.");
                }

                if (_closedByPeer)
                {
                    return 0;
                }

                if (!Monitor.Wait(_gate, patience))
                {
                    return -1;
                }
            }

            var count = Math.Min(buffer.Length, _arrived.WrittenCount - _taken);
            _arrived.WrittenSpan.Slice(_taken, count).CopyTo(buffer);
            _taken += count;
            if (_taken == _arrived.WrittenCount)
            {
                _arrived.ResetWrittenCount();
                _taken = 0;
            }

            return count;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        peer.Dispose();
    }

    private void ThrowIfClosed()
    {
        lock (_gate)
        {
            if (_disposed || _closedByPeer)
            {
                throw new IOException("The in-process link was closed.");
            }
        }
    }
}
