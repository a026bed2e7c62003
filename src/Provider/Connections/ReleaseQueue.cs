using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers that have their replies and are to go on: together, as far as the replies came together. The reader's thread only.
/// </summary>
internal sealed class ReleaseQueue(MultiplexedConnection connection, TimeProvider time)
{
    private readonly long _moment = (long)(ILink.Moment.TotalSeconds * time.TimestampFrequency);
    private readonly List<AnsweredCallers> _underway = [];
    private Operation? _alone;
    private AnsweredCallers? _together;

    /// <summary>How long the reader may wait: a moment where callers that were let go may need help and no reply is due that would end the wait.</summary>
    public TimeSpan Patience => _underway.Count > 0 && !connection.IsReplyDue ? ILink.Moment : ILink.Patience;

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
            _together = new AnsweredCallers(connection);
            _together.Add(_alone);
            _alone = null;
            AddTogether(_together, operation);
        }
    }

    /// <summary>Everything that has come is taken: its callers go on, while this thread waits for more.</summary>
    public void GoOn()
    {
        if (_underway.Count > 0)
        {
            _underway.RemoveAll(static callers => callers.IsDone);
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
            _together.Since = time.GetTimestamp();
            _together.GoOn();
            _underway.Add(_together);
            _together = null;
        }
    }

    /// <summary>A moment has passed: callers who wait behind one that keeps its thread, or for their request to be sent, are helped.</summary>
    public void Help()
    {
        var now = time.GetTimestamp();
        _underway.RemoveAll(callers => callers.IsDone || !callers.TryHelp(now));
        connection.SendGathered(isReader: true);
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
