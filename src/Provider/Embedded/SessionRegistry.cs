namespace ScopedCaching.Memcached.Embedded;

/// <summary>The open sessions, and how to cut each off from outside.</summary>
internal sealed class SessionRegistry
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ServerSession, IDisposable> _links = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _links.Count;
            }
        }
    }

    public void Add(ServerSession session, IDisposable link)
    {
        lock (_gate)
        {
            _links.Add(session, link);
        }
    }

    public void Remove(ServerSession session)
    {
        lock (_gate)
        {
            _links.Remove(session);
        }
    }

    /// <summary>Cuts all links. Outside the lock, because each of them comes back to be removed.</summary>
    public void CloseAll()
    {
        IDisposable[] links;
        lock (_gate)
        {
            links = [.. _links.Values];
            _links.Clear();
        }

        foreach (var link in links)
        {
            link.Dispose();
        }
    }
}
