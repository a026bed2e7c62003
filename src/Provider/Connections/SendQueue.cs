using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Who sends. Requests are appended under the connection's lock; the caller that finds nobody sending sends for itself and for
/// whoever appends meanwhile, without the lock. A caller is not kept at it for ever, nor by a slow server: after some rounds, or when
/// much is unanswered already, a thread of the connection's own takes over. Send buffers belong to the sender until sent.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A sender may still hold a buffer when the connection closes; the garbage collector takes them.")]
internal sealed class SendQueue(Lock gate, Action<Exception> broken)
{
    /// <summary>How often a caller sends for others before the connection's own thread takes over.</summary>
    private const int CallerRounds = 16;

    /// <summary>Up to so many bytes unanswered, the socket's buffers take a send without blocking.</summary>
    private const int CallerBytes = 64 << 10;

    private const int KeptCapacity = 256 << 10;

    private readonly SemaphoreSlim _handOver = new(0);
    private PooledBuffer _pending = new(4096);
    private PooledBuffer _sending = new(4096);
    private ILink? _link;
    private bool _isSending = true;
    private Thread? _thread;
    private volatile bool _closed;

    /// <summary>Where requests are appended, under the lock.</summary>
    public PooledBuffer Pending => _pending;

    /// <summary>Takes the role of the sender, if it is free.</summary>
    public bool TryBecomeSenderUnderLock()
    {
        if (_isSending || _closed)
        {
            return false;
        }

        _isSending = true;
        return true;
    }

    /// <summary>Takes the role of the sender, if it is free and something waits to be sent.</summary>
    public bool TryBecomeSenderOfRest()
    {
        lock (gate)
        {
            return _pending.Length > 0 && TryBecomeSenderUnderLock();
        }
    }

    /// <summary>
    /// The link is there: sends what was appended while connecting. Until this call nobody else sends. Only a little is sent
    /// in here: this is the thread that receives, and a server whose replies nobody takes takes no requests either.
    /// </summary>
    public void Open(ILink link)
    {
        _link = link;
        Send(rounds: 1, CallerBytes);
    }

    /// <summary>Sends as the sender, or hands the role over.</summary>
    public void SendForCaller(long unansweredBytes, bool isBlocking)
    {
        if (unansweredBytes > CallerBytes)
        {
            HandOver();
        }
        else
        {
            // A blocked caller has nothing better to do. But what others append meanwhile may be more than the socket takes at once, and a caller's time is its own.
            Send(isBlocking ? int.MaxValue : CallerRounds, CallerBytes);
        }
    }

    public void Close()
    {
        lock (gate)
        {
            _closed = true;
        }

        _handOver.Release();
    }

    /// <summary>Sends what is there, in so many rounds and bytes at most; then another thread does.</summary>
    private void Send(int rounds, long bytes)
    {
        try
        {
            while (true)
            {
                lock (gate)
                {
                    if (_pending.Length == 0 || _closed)
                    {
                        _isSending = false;
                        return;
                    }

                    if (rounds-- == 0 || _pending.Length > bytes)
                    {
                        break;
                    }

                    (_pending, _sending) = (_sending, _pending);
                }

                _link!.Send(_sending.WrittenSpan);
                bytes -= _sending.Length;
                _sending.Clear();
                _sending.ShrinkTo(KeptCapacity);
            }

            HandOver();
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The role is kept: nobody sends on a broken link again.
            broken(fault);
        }
    }

    private void HandOver()
    {
        lock (gate)
        {
            if (_thread is null)
            {
                _thread = new Thread(SendWhatIsHandedOver) { IsBackground = true, Name = "memcached sender" };
                _thread.UnsafeStart();
            }
        }

        _handOver.Release();
    }

    private void SendWhatIsHandedOver()
    {
        while (true)
        {
            _handOver.Wait();
            if (_closed)
            {
                return;
            }

            Send(int.MaxValue, long.MaxValue);
        }
    }
}
