using System.Net.Sockets;

namespace Provider.Tests.Faults;

/// <summary>A client's connection and the one to the server, with a thread for each direction.</summary>
internal sealed class ProxiedConnection(Socket client, Socket server, FaultProxy proxy, Random random)
{
    private int _ended;
    private Action<ProxiedConnection>? _told;

    public bool IsEnded => Volatile.Read(ref _ended) != 0;

    public void Start(Action<ProxiedConnection> ended)
    {
        _told = ended;
        client.NoDelay = true;
        server.NoDelay = server.AddressFamily != AddressFamily.Unix || server.NoDelay;
        StartPump(client, server, proxy.Requests);
        StartPump(server, client, proxy.Replies);
    }

    public void End(bool resets)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        Close(client, resets);
        Close(server, resets);
        proxy.Requests.Wake();
        proxy.Replies.Wake();
        _told?.Invoke(this);
    }

    private static void Close(Socket socket, bool resets)
    {
        try
        {
            if (resets)
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            else
            {
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private void StartPump(Socket from, Socket to, FaultyWay way)
    {
        var passage = new Passage(to, way, this, new Random(random.Next()));
        new Thread(() => Pump(from, passage)) { IsBackground = true, Name = "proxy way" }.UnsafeStart();
    }

    private void Pump(Socket from, Passage passage)
    {
        var buffer = new byte[16 << 10];
        try
        {
            int count;
            while ((count = from.Receive(buffer)) > 0)
            {
                passage.Take(buffer.AsSpan(0, count));
            }

            End(resets: false);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            End(resets: true);
        }
    }
}

/// <summary>The bytes of one direction of one connection on their way.</summary>
internal sealed class Passage(Socket to, FaultyWay way, ProxiedConnection connection, Random random)
{
    private bool _isDead;

    /// <summary>Seeded by the proxy's seed and the connection's number.</summary>
    public Random Random => random;

    public void Take(Span<byte> bytes)
    {
        if (!_isDead)
        {
            way.Fault.Pass(this, bytes);
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && !connection.IsEnded && !_isDead)
        {
            bytes = bytes[to.Send(bytes)..];
        }
    }

    /// <summary>Blocks for so long, or until the fault is over; null: until then.</summary>
    public void Wait(Fault fault, TimeSpan? time) => way.Wait(fault, time, () => connection.IsEnded);

    public bool IsUnder(Fault fault) => ReferenceEquals(way.Fault, fault) && !connection.IsEnded;

    /// <summary>From now on nothing arrives on this connection in this direction, also when the fault is over.</summary>
    public void Die() => _isDead = true;

    public void End(bool resets)
    {
        Die();
        connection.End(resets);
    }
}
