using System.Net;
using System.Net.Sockets;
using ScopedCaching.Memcached.Embedded;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached;

/// <summary>The size limits of an <see cref="EmbeddedMemcached"/>.</summary>
public sealed record EmbeddedMemcachedOptions
{
    /// <summary>The maximum total size of the entries in bytes, including keys and bookkeeping; when it is exceeded, the least recently used entries are evicted.</summary>
    /// <value>64 MiB. At least 1 KiB.</value>
    public long MemoryLimit { get; init; } = 64L << 20;

    /// <summary>The maximum size of one entry in bytes, including its key and about 60 bytes of bookkeeping; larger entries are rejected.</summary>
    /// <value>1 MiB, as in memcached. From 1 KiB to 1 GiB.</value>
    public int ItemSizeLimit { get; init; } = 1 << 20;
}

/// <summary>
/// A memcached inside this process, for development and tests. It supports the meta protocol and the classic text protocol, gives
/// the same replies as memcached 1.6.18, and reads the time from a <see cref="TimeProvider"/>, so that tests need not wait
/// for anything to expire. Its entries are lost when the process ends, and it is not reachable from outside the process until it is told to listen.
/// </summary>
/// <remarks>Thread-safe. Not supported: the binary protocol (the connection is closed), <c>watch</c>, and the commands that
/// tune slabs, LRU and crawler (answered with <c>ERROR</c>).</remarks>
public sealed class EmbeddedMemcached : IDisposable
{
    private const int SmallestLimit = 1 << 10;
    private const int LargestItemSizeLimit = 1 << 30;
    private readonly Lock _gate = new();
    private readonly List<EmbeddedListener> _listeners = [];
    private readonly ItemStore _store;
    private readonly SessionRegistry _registry = new();
    private readonly EmbeddedTransport _transport;
    private bool _isDisposed;

    /// <summary>Creates an empty server.</summary>
    /// <param name="options">Its size limits; null for the defaults of <see cref="EmbeddedMemcachedOptions"/>.</param>
    /// <param name="timeProvider">The clock that determines when entries expire; null for the system clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is outside its range.</exception>
    public EmbeddedMemcached(EmbeddedMemcachedOptions? options = null, TimeProvider? timeProvider = null)
    {
        options ??= new EmbeddedMemcachedOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryLimit, SmallestLimit, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ItemSizeLimit, SmallestLimit, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ItemSizeLimit, LargestItemSizeLimit, nameof(options));
        _store = new ItemStore(new ServerClock(timeProvider ?? TimeProvider.System), options.MemoryLimit, options.ItemSizeLimit);
        _transport = new EmbeddedTransport(_store, _registry);
    }

    /// <summary>The number of entries. Expired ones count until they are requested, or until their memory is needed.</summary>
    public int Count
    {
        get
        {
            lock (_store.Gate)
            {
                return _store.Count;
            }
        }
    }

    /// <summary>The way in for clients of this process, without a socket.</summary>
    internal ITransport Transport => _transport;

    /// <summary>Also listens on the loopback address.</summary>
    /// <param name="port">The TCP port; 0 takes any free one.</param>
    /// <returns>The endpoint it listens on.</returns>
    /// <exception cref="SocketException">The port is taken.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public IPEndPoint ListenTcp(int port = 0) => (IPEndPoint)Listen(new IPEndPoint(IPAddress.Loopback, port)).EndPoint;

    /// <summary>Also listens on a Unix socket; the file is removed on <see cref="Dispose"/>.</summary>
    /// <param name="path">The socket's path; the file must not exist yet.</param>
    /// <exception cref="SocketException">The path is taken, or its folder does not exist.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public void ListenUnix(string path) => Listen(new UnixDomainSocketEndPoint(path));

    /// <summary>Drops all entries silently, as a lack of memory would.</summary>
    public void EvictAll()
    {
        lock (_store.Gate)
        {
            _store.Clear();
        }
    }

    /// <summary>Closes all connections, as a restart would. Entries are kept, and new connections are accepted.</summary>
    public void CloseConnections() => _registry.CloseAll();

    /// <summary>All entries as bytes.</summary>
    internal byte[] Export() => ItemSnapshot.Write(_store);

    /// <summary>Takes over what <see cref="Export"/> gave. False, and nothing taken over, when it is something else.</summary>
    internal bool Import(byte[] entries) => ItemSnapshot.Read(_store, entries);

    /// <summary>Stops listening, closes all connections, and drops all entries.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _listeners.ForEach(static listener => listener.Dispose());
        }

        _transport.Close();
        CloseConnections();
        EvictAll();
    }

    private EmbeddedListener Listen(EndPoint endPoint)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var listener = EmbeddedListener.Start(endPoint, _store, _registry);
            _listeners.Add(listener);
            return listener;
        }
    }
}
