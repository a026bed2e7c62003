namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Callers that have their replies and are to go on: together, as far as the replies came together. The reader's thread only.
/// </summary>
internal sealed class ReleaseQueue(MultiplexedConnection connection)
{
    private readonly List<AnsweredCallers> _underway = [];
    private Operation? _alone;
    private AnsweredCallers? _together;

    /// <summary>Whether callers that were let go may still be gathering what they ask next; then the reader looks after them soon.</summary>
    public bool IsUnderway => _underway.Count > 0;

    public void Add(Operation operation)
    {
        if (operation.IsAwaitedByThread)
        {
            operation.GoOn();
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
        }

        if (_alone is not null)
        {
            _alone.GoOn();
            _alone = null;
        }
        else if (_together is not null)
        {
            _together.GoOn();
            _underway.Add(_together);
            _together = null;
        }
    }

    /// <summary>Nothing has come for a moment: callers who wait behind one that keeps its thread, or for their request to be sent, are helped.</summary>
    public void Help()
    {
        _underway.RemoveAll(static callers => callers.IsDone || !callers.TryHelp());
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
