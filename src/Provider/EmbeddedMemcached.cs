using System.Net;
using System.Net.Sockets;
using ScopedCaching.Memcached.Embedded;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached;

/// <summary>Sizes of an <see cref="EmbeddedMemcached"/>.</summary>
public sealed record EmbeddedMemcachedOptions
{
    /// <summary>How many bytes the entries may take together, keys and bookkeeping included; beyond it the least recently used go.</summary>
    /// <value>64 MiB. At least 1 KiB.</value>
    public long MemoryLimit { get; init; } = 64L << 20;

    /// <summary>How many bytes one entry may take, key and about 60 bytes of bookkeeping included; a larger one is refused.</summary>
    /// <value>1 MiB, as in memcached. From 1 KiB to 1 GiB.</value>
    public int ItemSizeLimit { get; init; } = 1 << 20;
}

/// <summary>
/// A memcached inside this process, for development and tests: it speaks the meta and the classic text protocol, gives
/// the replies memcached 1.6.18 gives, and reads time from a <see cref="TimeProvider"/>, so that a test need not wait
/// for anything to expire. Nothing outlives it, and nothing outside the process reaches it until it is told to listen.
/// </summary>
/// <remarks>Thread-safe. Not spoken: the binary protocol (the connection is closed), <c>watch</c>, and the commands that
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
    /// <param name="options">Its sizes; without them those of <see cref="EmbeddedMemcachedOptions"/>.</param>
    /// <param name="timeProvider">The clock entries expire by; without it the system's.</param>
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

    /// <summary>How many entries are held. Expired ones count until they are asked for, or their memory is needed.</summary>
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

    /// <summary>Listens on the loopback address too.</summary>
    /// <param name="port">The TCP port; 0 takes any free one.</param>
    /// <returns>Where it listens.</returns>
    /// <exception cref="SocketException">The port is taken.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public IPEndPoint ListenTcp(int port = 0) => (IPEndPoint)Listen(new IPEndPoint(IPAddress.Loopback, port)).EndPoint;

    /// <summary>Listens on a Unix socket too; the file is removed on <see cref="Dispose"/>.</summary>
    /// <param name="path">The socket's path, where no file may be yet.</param>
    /// <exception cref="SocketException">The path is taken, or its folder is not there.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public void ListenUnix(string path) => Listen(new UnixDomainSocketEndPoint(path));

    /// <summary>Drops all entries without telling anyone, as a lack of memory would.</summary>
    public void EvictAll()
    {
        lock (_store.Gate)
        {
            _store.Clear();
        }
    }

    /// <summary>Cuts all connections, as a restart would; entries stay, and new connections are welcome.</summary>
    public void CloseConnections() => _registry.CloseAll();

    /// <summary>All entries as bytes.</summary>
    internal byte[] Export() => ItemSnapshot.Write(_store);

    /// <summary>Takes over what <see cref="Export"/> gave. False, and nothing taken over, when it is something else.</summary>
    internal bool Import(byte[] entries) => ItemSnapshot.Read(_store, entries);

    /// <summary>Stops listening, cuts all connections, forgets all entries.</summary>
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
