using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers that have their replies and are to go on: together, as far as the replies came together. The reader's thread only.
/// </summary>
internal sealed class ReleaseQueue(MultiplexedConnection connection, TimeProvider time)
{
    private const int MostFree = 16;
    private const int ShortReply = 1024;
    private const int Many = 48;

    private readonly long _moment = (long)(ILink.Moment.TotalSeconds * time.TimestampFrequency);
    private readonly List<AnsweredCallers> _underway = [];
    private readonly Stack<AnsweredCallers> _free = [];
    private Operation? _alone;
    private AnsweredCallers? _together;
    private bool _isHandedOver;

    /// <summary>How long the reader may wait: a moment where callers that were let go may need help and no reply is due that would end the wait.</summary>
    public TimeSpan Patience => _underway.Count > 0 && !connection.IsReplyDue ? ILink.Moment : ILink.Patience;

    /// <summary>Whether more callers go on or wait than a moment's work: whoever looks for replies takes the processor from them.</summary>
    public bool AreMany => connection.WaitingOperations + ((long)_underway.Count * AnsweredCallers.Capacity) > Many;

    public void Add(Operation operation)
    {
        if (operation.IsAwaitedByThread)
        {
            operation.GoOn();
        }
        else if (operation.IsOneOfMany)
        {
            operation.GoOnInPassing();
        }
        else if (_together is not null)
        {
            AddTogether(_together, operation);
        }
        else if (_alone is null)
        {
            _alone = operation;
        }
        else
        {
            _together = _free.TryPop(out var free) ? free : new AnsweredCallers(connection);
            _together.Add(_alone);
            _alone = null;
            AddTogether(_together, operation);

            // Already: to wake a thread takes longer than to read the other replies. Not where they are long, and it would wait for each.
            if (operation.ReplyLength <= ShortReply)
            {
                HandOver(_together!);
            }
        }
    }

    /// <summary>Everything that has come is taken: its callers go on, while this thread waits for more.</summary>
    public void GoOn()
    {
        if (_underway.Count > 0)
        {
            RemoveDone();
            if (_underway.Count > 0 && time.GetTimestamp() - _underway[0].Since > _moment)
            {
                Help();
            }
        }

        if (_alone is not null)
        {
            _alone.GoOn();
            _alone = null;
        }
        else if (_together is not null)
        {
            _underway.Add(_together);
            _together.Close();
            if (!_isHandedOver)
            {
                HandOver(_together);
            }

            _together = null;
            _isHandedOver = false;
        }
    }

    /// <summary>A moment has passed: callers who wait behind one that keeps its thread, or for their request to be sent, are helped.</summary>
    public void Help()
    {
        var now = time.GetTimestamp();
        RemoveDone();
        for (var i = _underway.Count - 1; i >= 0; i--)
        {
            if (!_underway[i].TryHelp(now))
            {
                _underway.RemoveAt(i);
            }
        }

        connection.SendGathered(isReader: true);
    }

    private void HandOver(AnsweredCallers together)
    {
        _isHandedOver = true;
        together.Since = time.GetTimestamp();
        together.GoOn();
    }

    private void RemoveDone()
    {
        for (var i = _underway.Count - 1; i >= 0; i--)
        {
            var callers = _underway[i];
            if (!callers.IsDone)
            {
                continue;
            }

            _underway.RemoveAt(i);
            if (callers.IsFree && _free.Count < MostFree)
            {
                callers.Reset();
                _free.Push(callers);
            }
        }
    }

    private void AddTogether(AnsweredCallers together, Operation operation)
    {
        together.Add(operation);
        if (together.IsFull)
        {
            GoOn();
        }
    }
}
