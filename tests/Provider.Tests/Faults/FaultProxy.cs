using System.Net;
using System.Net.Sockets;

namespace Provider.Tests.Faults;

/// <summary>
/// Stands between a client and its server, on a free loopback port, and does to the bytes of either direction what networks do, and some things that they should not.
/// It works on threads of its own, so that a busy thread pool neither disturbs it nor is disturbed by it.
/// </summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly Lock _lock = new();
    private readonly EndPoint _server;
    private readonly int _seed;

    // Bound and never listening: nobody else gets the port while connections are refused.
    private readonly Socket _reserved;
    private readonly HashSet<ProxiedConnection> _connections = [];
    private Socket? _listener;
    private int _accepted;

    public FaultProxy(EndPoint server, int seed = 1)
    {
        (_server, _seed) = (server, seed);
        _reserved = Bind(port: 0);
        Port = ((IPEndPoint)_reserved.LocalEndPoint!).Port;
        Accept();
    }

    public int Port { get; }

    public string Host => "127.0.0.1";

    /// <summary>What happens on the way from the client to the server.</summary>
    public FaultyWay Requests { get; } = new();

    /// <summary>What happens on the way from the server to the client.</summary>
    public FaultyWay Replies { get; } = new();

    /// <summary>How many connections were ever accepted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>From now on nobody listens; connections that stand stay.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Listens again after <see cref="Refuse"/>.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            if (_listener is null)
            {
                var listener = _listener = Bind(Port);
                listener.Listen();
                new Thread(() => AcceptAll(listener)) { IsBackground = true, Name = "proxy" }.UnsafeStart();
            }
        }
    }

    /// <summary>Ends the connections that stand: by a reset, or in order.</summary>
    public void Cut(bool resets)
    {
        ProxiedConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        Array.ForEach(connections, connection => connection.End(resets));
    }

    /// <summary>Nothing happens to anything any more. Connections that were broken stay so until their ends notice.</summary>
    public void Heal()
    {
        Requests.Fault = Replies.Fault = Fault.None;
        Accept();
    }

    public void Dispose()
    {
        Refuse();
        Cut(resets: false);
        _reserved.Dispose();
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void AcceptAll(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = listener.Accept();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }

            Connect(client, Interlocked.Increment(ref _accepted));
        }
    }

    private void Connect(Socket client, int number)
    {
        var server = new Socket(_server.AddressFamily, SocketType.Stream, _server is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            // Bounds connecting, too.
            server.SendTimeout = 250;
            server.Connect(_server);
            server.SendTimeout = 0;
        }
        catch (SocketException)
        {
            server.Dispose();
            client.Close(timeout: 0);
            return;
        }

        var connection = new ProxiedConnection(client, server, this, new Random(unchecked((_seed * 7919) + number)));
        lock (_lock)
        {
            if (_listener is null)
            {
                connection.End(resets: true);
                return;
            }

            _connections.Add(connection);
        }

        connection.Start(ended =>
        {
            lock (_lock)
            {
                _connections.Remove(ended);
            }
        });
    }
}

/// <summary>One direction of a <see cref="FaultProxy"/>, and what happens in it.</summary>
internal sealed class FaultyWay
{
    private readonly object _changed = new();
    private Fault _fault = Fault.None;

    public Fault Fault
    {
        get => Volatile.Read(ref _fault);
        set
        {
            lock (_changed)
            {
                _fault = value;
                Monitor.PulseAll(_changed);
            }
        }
    }

    /// <summary>Blocks until <paramref name="fault"/> is over, the time is, or the connection is.</summary>
    public void Wait(Fault fault, TimeSpan? time, Func<bool> isEnded)
    {
        var end = Environment.TickCount64 + (long?)time?.TotalMilliseconds;
        lock (_changed)
        {
            while (ReferenceEquals(fault, _fault) && !isEnded())
            {
                var left = end - Environment.TickCount64 ?? Timeout.Infinite;
                if (left <= 0 && end is not null)
                {
                    return;
                }

                Monitor.Wait(_changed, (int)left);
            }
        }
    }

    /// <summary>Who waits looks again whether its connection has ended.</summary>
    public void Wake()
    {
        lock (_changed)
        {
            Monitor.PulseAll(_changed);
        }
    }
}
