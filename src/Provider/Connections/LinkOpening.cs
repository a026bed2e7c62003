using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// One attempt to open a link, on a thread of its own: name resolution and connecting block for as long as the system likes, and
/// those who wait for the link look after their own clock meanwhile. A link that comes too late is closed.
/// </summary>
internal sealed class LinkOpening
{
    private readonly object _gate = new();
    private ILink? _link;
    private Exception? _fault;
    private bool _abandoned;

    private LinkOpening()
    {
    }

    /// <exception cref="IOException">There is no link within <paramref name="timeout"/>.</exception>
    /// <exception cref="MemcachedException">The server was reached, and its link cannot be used.</exception>
    public static ILink Open(ITransport transport, TimeSpan timeout, Action onTick)
    {
        var opening = new LinkOpening();
        new Thread(() => opening.Connect(transport, timeout)) { IsBackground = true, Name = "memcached connector" }.UnsafeStart();
        try
        {
            return opening.Wait(timeout, onTick);
        }
        catch
        {
            opening.Abandon();
            throw;
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Handed to the thread that waits.")]
    private void Connect(ITransport transport, TimeSpan timeout)
    {
        ILink? link = null;
        Exception? fault = null;
        try
        {
            link = transport.Connect(timeout);
        }
        catch (Exception caught)
        {
            fault = caught;
        }

        lock (_gate)
        {
            if (!_abandoned)
            {
                (_link, _fault) = (link, fault);
                Monitor.Pulse(_gate);
                return;
            }
        }

        link?.Dispose();
    }

    private ILink Wait(TimeSpan timeout, Action onTick)
    {
        var ticks = (timeout / ILink.Patience) + 1;
        for (var tick = 0; tick <= ticks; tick++)
        {
            lock (_gate)
            {
                if (_link is null && _fault is null)
                {
                    Monitor.Wait(_gate, ILink.Patience);
                }

                if (_link is not null)
                {
                    return _link;
                }

                if (_fault is not null)
                {
                    // What is ours tells its cause already.
                    throw _fault as MemcachedException ?? (Exception)new IOException(_fault.Message, _fault);
                }
            }

            onTick();
        }

        throw new IOException($"No connection within {timeout.TotalMilliseconds:0} ms.");
    }

    private void Abandon()
    {
        ILink? late;
        lock (_gate)
        {
            _abandoned = true;
            late = _link;
            _link = null;
        }

        late?.Dispose();
    }
}
