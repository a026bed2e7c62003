using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>Opens in-process links to a server in this process, which it can cut like a server that goes down.</summary>
internal sealed class EmbeddedTransport(ItemStore store, SessionRegistry registry) : ITransport
{
    private volatile bool _isClosed;

    public ILink Connect(TimeSpan timeout)
    {
        if (_isClosed)
        {
            throw new IOException("The embedded memcached was disposed.");
        }

        var session = new ServerSession(store, registry);
        var link = new InProcessLink(session);
        registry.Add(session, link);
        lock (store.Gate)
        {
            store.Statistics.TotalConnections++;
        }

        return link;
    }

    public void Close() => _isClosed = true;
}
