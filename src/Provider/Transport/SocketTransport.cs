using System.Net;
using System.Net.Sockets;

namespace ScopedCaching.Memcached.Transport;

/// <summary>
/// TCP and Unix-domain sockets. Names are resolved on every connect, so that a server may move. The socket stays in blocking mode for its whole life
/// (an asynchronous call would change that for good): the receiver's thread sleeps in the kernel and is woken by it directly.
/// </summary>
internal sealed class SocketTransport : ITransport
{
    private readonly string? _host;
    private readonly EndPoint? _endPoint;
    private readonly int _port;
    private readonly TimeSpan _sendTimeout;

    public SocketTransport(string host, int port, TimeSpan sendTimeout) => (_host, _port, _sendTimeout) = (host, port, sendTimeout);

    public SocketTransport(string unixPath, TimeSpan sendTimeout) =>
        (_endPoint, _sendTimeout) = (new UnixDomainSocketEndPoint(unixPath), sendTimeout);

    public ILink Connect(TimeSpan timeout)
    {
        try
        {
            return _endPoint is not null ? Connect(_endPoint, timeout) : ConnectToFirst(Dns.GetHostAddresses(_host!), timeout);
        }
        catch (SocketException fault)
        {
            throw new IOException($"Could not connect to {_endPoint?.ToString() ?? $"{_host}:{_port}"}: {fault.SocketErrorCode}", fault);
        }
    }

    private SocketLink ConnectToFirst(IPAddress[] addresses, TimeSpan timeout)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            try
            {
                // A share of the time for each: one that says nothing at all leaves some to the next.
                return Connect(new IPEndPoint(address, _port), timeout / addresses.Length);
            }
            catch (SocketException fault)
            {
                last = fault;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private SocketLink Connect(EndPoint endPoint, TimeSpan timeout)
    {
        var socket = NewSocket(endPoint.AddressFamily);
        try
        {
            // Bounds connecting, too: the system itself would try for minutes.
            socket.SendTimeout = Math.Max(1, (int)timeout.TotalMilliseconds);
            socket.Connect(endPoint);
            socket.SendTimeout = (int)_sendTimeout.TotalMilliseconds;
            return new SocketLink(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends small requests at once, and notices a peer that vanished without a word.</summary>
    internal static Socket NewSocket(AddressFamily family)
    {
        var isTcp = family is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;
        var socket = new Socket(family, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)ILink.Patience.TotalMilliseconds,
        };
        if (isTcp)
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
        }

        return socket;
    }
}

internal sealed class SocketLink(Socket socket) : ILink
{
    private TimeSpan _patience = ILink.Patience;
    private ReceiveSpin _spin;
    private bool _isIdle;

    public bool IsBusy { private get; set; }

    public int Receive(Span<byte> buffer, TimeSpan patience)
    {
        int count;
        SocketError error;
        try
        {
            LookForBytes();
            Wait(patience);
            count = socket.Receive(buffer, SocketFlags.None, out error);
            _isIdle = error is SocketError.TimedOut or SocketError.WouldBlock;
        }
        catch (ObjectDisposedException fault)
        {
            throw new IOException("The connection was closed.", fault);
        }

        return error switch
        {
            SocketError.Success => count,
            SocketError.TimedOut or SocketError.WouldBlock => -1,
            _ => throw new IOException("Could not receive: " + error),
        };
    }

    /// <summary>Looks a few times for bytes, when that has been worth it lately.</summary>
    private void LookForBytes()
    {
        if (IsBusy || _spin.Next() is not (> 0 and var looks))
        {
            return;
        }

        var hasCome = false;
        while (!hasCome && looks-- > 0)
        {
            hasCome = socket.Available > 0;
        }

        _spin.Note(hasCome);
    }

    /// <summary>
    /// Sets how long the socket waits, when it must. A change is a system call: a socket that is in use keeps its short patience until nothing has come for that long.
    /// </summary>
    private void Wait(TimeSpan patience)
    {
        if (patience < _patience || (patience > _patience && _isIdle))
        {
            _patience = patience;
            socket.ReceiveTimeout = (int)patience.TotalMilliseconds;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count;
            SocketError error;
            try
            {
                count = socket.Send(bytes, SocketFlags.None, out error);
            }
            catch (ObjectDisposedException fault)
            {
                throw new IOException("The connection was closed.", fault);
            }

            if (error != SocketError.Success)
            {
                throw new IOException("Could not send: " + error);
            }

            bytes = bytes[count..];
        }
    }

    public void Dispose() => socket.Dispose();
}
