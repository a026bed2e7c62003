using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Connections;

/// <content>Waits that end without a reply, and the end of the connection itself.</content>
internal sealed partial class MultiplexedConnection
{
    // Deadlines are taken before the lock, so neighbours may stand the wrong way round by a little.
    private static readonly TimeSpan s_disorder = TimeSpan.FromMilliseconds(10);

    private long _idleSince;
    private long _latestDeadline;
    private volatile bool _isDisordered;
    private volatile bool _isBehind;

    /// <summary>How long the connection may have nothing to do before it ends; null for ever.</summary>
    public TimeSpan? IdleLimit { get; init; }

    /// <summary>Whether the reply whose turn it is was due before now.</summary>
    public bool IsBehind => _isBehind;

    /// <summary>Ends the connection once everything in flight is answered.</summary>
    public void Retire() => _isRetired = true;

    public void Dispose() => Break(new ObjectDisposedException(nameof(MultiplexedConnection)));

    /// <summary>
    /// Sends a request of a connection that has ended. False: it cannot be accepted. Its deadline stays, so it may come before those of requests in front of it.
    /// </summary>
    public bool TryRepeat(Operation operation, ReadOnlySpan<byte> unsent)
    {
        bool sends;
        lock (_gate)
        {
            if (_fault is not null || _ring.IsFull)
            {
                return false;
            }

            operation.MarkRepeated();
            var before = _sends.Pending.Length;
            operation.Token = ++_lastToken;
            if (unsent.IsEmpty)
            {
                RequestWriter.Write(_sends.Pending, operation.ToGet(), operation.Token);
            }
            else
            {
                RequestWriter.WriteAgain(_sends.Pending, unsent, operation.Token);
            }

            EnqueueUnderLock(operation, before);
            sends = _sends.TryBecomeSenderUnderLock();
        }

        if (sends)
        {
            // On a thread of its own: this one is to tell others, too.
            _sends.SendForCaller(long.MaxValue, isBlocking: false);
        }

        return true;
    }

    private void EnqueueUnderLock(Operation operation, int lengthBefore)
    {
        operation.RequestBytes = _sends.Pending.Length - lengthBefore;
        _askedBytes += operation.RequestBytes;
        if (operation.Deadline >= _latestDeadline)
        {
            _latestDeadline = operation.Deadline;
        }
        else if (operation.Deadline < _latestDeadline - _disorderTicks)
        {
            _isDisordered = true;
        }

        _ring.Enqueue(operation);
    }

    /// <summary>Ends the wait of callers whose time is over. Runs on the reader's thread, which alone takes operations out.</summary>
    private void FailOverdue()
    {
        var now = _time.GetTimestamp();
        if (_receiving is null && _ring.IsEmpty)
        {
            _isBehind = false;
            EndIfIdle(now);
            return;
        }

        _idleSince = 0;
        var behind = 0;
        var head = _receiving ?? _ring.Peek(behind++);
        _isBehind = head!.Deadline <= now;
        if (head.Deadline + ((StalledAfterTimeouts - 1) * _timeoutTicks) <= now)
        {
            throw new MemcachedTimeoutException("The server has stopped answering; the connection was closed.");
        }

        // Where all stand in order, the first that has time ends the look.
        var disordered = _isDisordered;
        for (var operation = head; operation is not null && (disordered || operation.Deadline <= now); operation = _ring.Peek(behind++))
        {
            if (operation.Deadline <= now && !operation.IsDecided && operation.TryFail(new MemcachedTimeoutException($"No reply within {_limits.Timeout.TotalMilliseconds:0} ms.")))
            {
                Owner?.TimedOut();
            }
        }
    }

    private void EndIfIdle(long now)
    {
        _isDisordered = false;
        var isLate = false;
        if (IdleLimit is { } limit)
        {
            _idleSince = _idleSince == 0 ? now : _idleSince;
            isLate = now - _idleSince >= (long)(limit.TotalSeconds * _time.TimestampFrequency);
        }

        if ((_isRetired || isLate) && TryEndIdle())
        {
            throw new IOException("The connection is no longer needed.");
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
        var isFailure = !_hasAnswered || _receiving is not null || !_ring.IsEmpty;

        // Told first: a caller who tries again at once must not come before the pause.
        Owner?.Ended(this, _fault!, isFailure);
        _callers.GoOn();

        // What was never handed to the link stands at the end of what was to be sent, and nobody sends any more.
        var unsent = _sends.Pending.WrittenSpan;
        var sentBytes = WaitingBytes - unsent.Length;
        var hasLost = _fault is IOException && _link is not null;

        // Nothing is accepted any more, so the ring only empties. First is the one whose reply broke off.
        var operation = _receiving;
        while (operation is not null || _ring.TryDequeue(out operation))
        {
            var (wasSent, length) = (sentBytes > 0, operation.RequestBytes);
            sentBytes -= length;
            if (!(hasLost && TryRepeat(operation, wasSent, wasSent ? default : unsent[..length])))
            {
                operation.TryFail(Describe(_fault!));
                operation.Release();
            }

            unsent = wasSent ? unsent : unsent[length..];
            operation = null;
        }
    }

    /// <summary>Only a link that broke: a server that stopped answering, or talks nonsense, is not asked the same again.</summary>
    private bool TryRepeat(Operation operation, bool wasSent, ReadOnlySpan<byte> unsent) =>
        Owner is not null && !operation.IsDecided && operation.Repeat switch
        {
            Repeat.Always => Owner.TryRepeat(this, operation, unsent: default),
            Repeat.Unsent => !wasSent && Owner.TryRepeat(this, operation, unsent),
            _ => false,
        };

    // Each caller gets one of its own: an exception that many threads throw grows by the trace of each.
    private static MemcachedException Describe(Exception fault) => fault switch
    {
        MemcachedLinkException link => link.Again(),
        MemcachedTimeoutException => new MemcachedTimeoutException(fault.Message, fault),
        MemcachedProtocolException => new MemcachedProtocolException(fault.Message, fault),
        MemcachedException => new MemcachedConnectionException(fault.Message, fault),
        _ => new MemcachedConnectionException("The connection to the server failed: " + fault.Message, fault),
    };
}
