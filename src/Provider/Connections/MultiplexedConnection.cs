using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// One connection that all callers share. A thread of its own connects, receives and matches replies to requests in the order
/// they were sent; every reply must repeat its request's token. On any doubt the connection is closed for good, and everything in flight
/// fails. Requests are accepted from the start: what comes before the link stands is sent as soon as it does.
/// </summary>
internal sealed partial class MultiplexedConnection : IDisposable
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
    private readonly long _disorderTicks;
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
        _disorderTicks = (long)(s_disorder.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Whom it belongs to; null where its only caller looks after it.</summary>
    public IConnectionOwner? Owner { get; init; }

    /// <summary>Which of its owner's connections it is.</summary>
    public int Slot { get; init; }

    /// <summary>What waits for the same server; null where nothing else counts.</summary>
    public ServerLoad? Load { get; init; }

    /// <summary>Who is told of its requests; null where they are nobody's business.</summary>
    public ServerTelemetry? Telemetry { get; init; }

    /// <summary>Whether the server ever answered on this connection, as a memcached does.</summary>
    public bool HasAnswered => _hasAnswered;

    /// <summary>Whether something that was sent is not answered yet.</summary>
    public bool IsReplyDue => _askedBytes - _sends.Pending.Length > Volatile.Read(ref _answeredBytes);

    /// <summary>How many requests are not answered yet.</summary>
    public long WaitingOperations => _ring.Count;

    /// <summary>How many bytes they have.</summary>
    public long WaitingBytes => _askedBytes - Volatile.Read(ref _answeredBytes);

    public bool IsBroken => Volatile.Read(ref _fault) is not null;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "memcached receiver" }.UnsafeStart();

    /// <summary>Accepts a request, or throws at once. Its bytes are copied; the wait ends by reply, timeout, cancellation or the connection's end.</summary>
    /// <exception cref="MemcachedConnectionException">The connection has ended.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken) =>
        TryExecute(request, wantsArray, cancellationToken, out ValueTask<TResult> wait)
            ? wait
            : throw (_fault as MemcachedLinkException)?.Again() ?? new MemcachedConnectionException("The connection has ended.", _fault);

    /// <summary>As <see cref="ExecuteAsync"/>; false when the connection has ended, and nothing became of the request.</summary>
    public bool TryExecute<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken, out ValueTask<TResult> wait)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var operation = _pool.Rent();
        var now = _time.GetTimestamp();
        operation.Prepare(request, wantsArray, now + _timeoutTicks);
        var isListenedTo = Telemetry is { IsListenedTo: true };
        if (isListenedTo)
        {
            operation.Watch(Telemetry!, RequestNames.Of(request), now);
        }

        long unanswered;
        bool sends;
        lock (_gate)
        {
            if (_fault is not null)
            {
                wait = default;
                return false;
            }

            ThrowIfFullUnderLock(request.Value.Length);
            var pending = _sends.Pending;
            var before = pending.Length;
            RequestWriter.Write(pending, request, operation.Token = ++_lastToken);
            EnqueueUnderLock(operation, before);
            unanswered = WaitingBytes;

            // Asked under the lock: once a thread's gathering has ended, nobody sends for it any more.
            var isGathered = pending.Length <= MostGathered && (SendBatch.IsGathering(this) || (!operation.IsAwaitedByThread && AnsweredCallers.IsGathering(this)));
            sends = !isGathered && _sends.TryBecomeSenderUnderLock();
        }

        wait = operation.WaitAsync<TResult>(cancellationToken);
        try
        {
            if (isListenedTo)
            {
                operation.BeginSpan();
            }
        }
        finally
        {
            // Also where a listener throws: nobody else would ever send.
            if (sends)
            {
                _sends.SendForCaller(unanswered, operation.IsAwaitedByThread);
            }
        }

        return true;
    }

    /// <summary>Sends what was gathered instead of sent at once; the reader's thread, which must never wait for a send, has it sent.</summary>
    public void SendGathered(bool isReader)
    {
        if (_sends.TryBecomeSenderOfRest())
        {
            _sends.SendForCaller(isReader ? long.MaxValue : WaitingBytes, isBlocking: false);
        }
    }

    private void ThrowIfFullUnderLock(int valueLength)
    {
        var hasRoom = !_ring.IsFull && (Load is not null
            ? Load.HasRoom(this, valueLength)
            : _ring.IsEmpty || WaitingBytes + valueLength <= _limits.QueuedBytes);
        if (!hasRoom)
        {
            throw new MemcachedOverloadedException("Too many requests or bytes are already waiting for the server; see MaxQueuedOperations and MaxQueuedBytes.");
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
            var goesOn = ReplyReceiver.Receive(reader, line, operation, Owner);
            _receiving = null;
            _hasAnswered = true;
            Volatile.Write(ref _answeredBytes, _answeredBytes + operation.RequestBytes);
            operation.Release();
            if (goesOn)
            {
                Owner?.Answered();
                _callers.Add(operation);
            }
        }
    }
}
