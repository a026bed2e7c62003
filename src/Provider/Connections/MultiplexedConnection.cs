using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Transport;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// One connection that all callers share. A thread of its own connects, receives and matches replies to requests in the order
/// they were sent; every reply must repeat its request's token. On any doubt the connection is closed for good, and everything in flight
/// fails. Requests are accepted from the start: what comes before the link stands is sent as soon as it does.
/// </summary>
internal sealed class MultiplexedConnection : IDisposable
{
    // A head of the queue unanswered for so many timeouts means the server has stalled or lost a request.
    private const int StalledAfterTimeouts = 3;

    // Requests are gathered up to so many bytes: a packet's worth on most networks.
    private const int MostGathered = 4096;

    private readonly Lock _gate = new();
    private readonly ITransport _transport;
    private readonly ConnectionLimits _limits;
    private readonly OperationPool _pool;
    private readonly TimeProvider _time;
    private readonly OperationRing _ring;
    private readonly SendQueue _sends;
    private readonly ReleaseQueue _callers;
    private readonly long _timeoutTicks;
    private ILink? _link;
    private Exception? _fault;
    private Operation? _receiving;
    private uint _lastToken;
    private long _askedBytes;
    private long _answeredBytes;
    private volatile bool _isRetired;
    private volatile bool _hasAnswered;

    public MultiplexedConnection(ITransport transport, ConnectionLimits limits, OperationPool pool, TimeProvider time)
    {
        (_transport, _limits, _pool, _time) = (transport, limits, pool, time);
        _ring = new OperationRing(limits.QueuedOperations);
        _sends = new SendQueue(_gate, Break);
        _callers = new ReleaseQueue(this, time);
        _timeoutTicks = (long)(limits.Timeout.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Called once, on the connection's thread, when it ends.</summary>
    public Action<MultiplexedConnection, Exception>? Ended { get; init; }

    /// <summary>Whether the server ever answered on this connection, as a memcached does.</summary>
    public bool HasAnswered => _hasAnswered;

    /// <summary>Whether something that was sent is not answered yet.</summary>
    public bool IsReplyDue => _askedBytes - _sends.Pending.Length > Volatile.Read(ref _answeredBytes);

    public bool IsBroken => Volatile.Read(ref _fault) is not null;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "memcached receiver" }.UnsafeStart();

    /// <summary>Accepts a request, or throws at once. Its bytes are copied; the wait ends by reply, timeout, cancellation or the connection's end.</summary>
    public ValueTask<TResult> ExecuteAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var operation = _pool.Rent();
        operation.Prepare(request, wantsArray, _time.GetTimestamp() + _timeoutTicks);
        long unanswered;
        bool sends;
        lock (_gate)
        {
            ThrowIfNotAcceptingUnderLock(request.Value.Length);
            var pending = _sends.Pending;
            var before = pending.Length;
            RequestWriter.Write(pending, request, operation.Token = ++_lastToken);
            operation.RequestBytes = pending.Length - before;
            _askedBytes += operation.RequestBytes;
            unanswered = _askedBytes - Volatile.Read(ref _answeredBytes);
            _ring.Enqueue(operation);

            // Asked under the lock: once a thread's gathering has ended, nobody sends for it any more.
            var isGathered = !operation.IsAwaitedByThread && pending.Length <= MostGathered && AnsweredCallers.IsGathering(this);
            sends = !isGathered && _sends.TryBecomeSenderUnderLock();
        }

        var wait = operation.WaitAsync<TResult>(cancellationToken);
        if (sends)
        {
            _sends.SendForCaller(unanswered, operation.IsAwaitedByThread);
        }

        return wait;
    }

    /// <summary>Sends what was gathered instead of sent at once; the reader's thread, which must never wait for a send, has it sent.</summary>
    public void SendGathered(bool isReader)
    {
        if (_sends.TryBecomeSenderOfRest())
        {
            _sends.SendForCaller(isReader ? long.MaxValue : _askedBytes - Volatile.Read(ref _answeredBytes), isBlocking: false);
        }
    }

    /// <summary>Ends the connection once everything in flight is answered.</summary>
    public void Retire() => _isRetired = true;

    public void Dispose() => Break(new ObjectDisposedException(nameof(MultiplexedConnection)));

    private void ThrowIfNotAcceptingUnderLock(int valueLength)
    {
        if (_fault is not null)
        {
            throw new MemcachedConnectionException("The connection has ended.", _fault);
        }

        var unanswered = _askedBytes - Volatile.Read(ref _answeredBytes);
        if (_ring.IsFull || (!_ring.IsEmpty && unanswered + valueLength > _limits.QueuedBytes))
        {
            throw new MemcachedOverloadedException("Too many requests or bytes wait for the server already; see MaxQueuedOperations and MaxQueuedBytes.");
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends the reader ends the connection, and is told to every waiting caller.")]
    private void Run()
    {
        try
        {
            var link = LinkOpening.Open(_transport, _limits.ConnectTimeout, FailOverdue);
            Interlocked.Exchange(ref _link, link);
            if (IsBroken)
            {
                link.Dispose();
            }

            _sends.Open(link);
            Receive(new ReplyReader(link, _callers, FailOverdue));
        }
        catch (Exception fault)
        {
            Break(fault);
        }

        End();
    }

    /// <summary>Ends by exception only.</summary>
    [DoesNotReturn]
    private void Receive(ReplyReader reader)
    {
        while (true)
        {
            var line = reader.ReadLine();
            if (!_ring.TryDequeue(out var operation))
            {
                throw new MemcachedProtocolException($"The server sent {ErrorLine.Describe(line)} without being asked.");
            }

            _receiving = operation;
            var goesOn = ReplyReceiver.Receive(reader, line, operation);
            _receiving = null;
            _hasAnswered = true;
            Volatile.Write(ref _answeredBytes, _answeredBytes + operation.RequestBytes);
            operation.Release();
            if (goesOn)
            {
                _callers.Add(operation);
            }
        }
    }

    /// <summary>Ends the wait of callers whose time is over. Runs on the reader's thread, which alone takes operations out.</summary>
    private void FailOverdue()
    {
        if (_receiving is null && _ring.IsEmpty)
        {
            if (_isRetired && TryEndIdle())
            {
                throw new IOException("The connection is no longer needed.");
            }

            return;
        }

        var now = _time.GetTimestamp();
        var behind = 0;
        for (var operation = _receiving ?? _ring.Peek(behind++); operation is not null && operation.Deadline <= now; operation = _ring.Peek(behind++))
        {
            if (operation.Deadline + ((StalledAfterTimeouts - 1) * _timeoutTicks) <= now)
            {
                throw new MemcachedTimeoutException("The server has stopped answering; the connection was closed.");
            }

            if (!operation.IsDecided)
            {
                operation.TryFail(new MemcachedTimeoutException($"No reply within {_limits.Timeout.TotalMilliseconds:0} ms."));
            }
        }
    }

    /// <summary>Accepts nothing any more, unless something was accepted meanwhile.</summary>
    private bool TryEndIdle()
    {
        lock (_gate)
        {
            if (!_ring.IsEmpty)
            {
                return false;
            }

            _fault ??= new ObjectDisposedException(nameof(MultiplexedConnection));
            return true;
        }
    }

    /// <summary>Closes the link, from any thread; the reader's thread then ends everything in flight.</summary>
    private void Break(Exception cause)
    {
        lock (_gate)
        {
            _fault ??= cause;
        }

        _sends.Close();
        _link?.Dispose();
    }

    private void End()
    {
        // Told first: a caller who tries again at once must not come before the pause.
        Ended?.Invoke(this, _fault!);
        _callers.GoOn();

        // Nothing is accepted any more, so the ring only empties. First is the one whose reply broke off.
        var operation = _receiving;
        while (operation is not null || _ring.TryDequeue(out operation))
        {
            operation.TryFail(Describe(_fault!));
            operation.Release();
            operation = null;
        }
    }

    // Each caller gets one of its own: an exception that many threads throw grows by the trace of each.
    private static MemcachedException Describe(Exception fault) => fault switch
    {
        MemcachedTimeoutException => new MemcachedTimeoutException(fault.Message, fault),
        MemcachedProtocolException => new MemcachedProtocolException(fault.Message, fault),
        MemcachedException => new MemcachedConnectionException(fault.Message, fault),
        _ => new MemcachedConnectionException("The connection to the server ended: " + fault.Message, fault),
    };
}
