using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>Accepts connections on one socket, and serves each with a session of its own.</summary>
internal sealed class EmbeddedListener : IDisposable
{
    private const int ReceiveSize = 16 * 1024;
    private readonly Socket _socket;
    private readonly ItemStore _store;
    private readonly SessionRegistry _registry;
    private readonly string? _path;

    private EmbeddedListener(Socket socket, ItemStore store, SessionRegistry registry, string? path)
    {
        _socket = socket;
        _store = store;
        _registry = registry;
        _path = path;
    }

    public EndPoint EndPoint => _socket.LocalEndPoint!;

    /// <summary>Binds and begins to accept.</summary>
    /// <exception cref="SocketException">The address is in use, or cannot be bound.</exception>
    public static EmbeddedListener Start(EndPoint endPoint, ItemStore store, SessionRegistry registry)
    {
        var isUnix = endPoint is UnixDomainSocketEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var listener = new EmbeddedListener(socket, store, registry, isUnix ? endPoint.ToString() : null);
        _ = ProcessWork.Begin(listener.AcceptAsync);
        return listener;
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _socket.AcceptAsync().ConfigureAwait(false);
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener was closed; what it accepted lives on until it is closed too.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var session = new ServerSession(_store, _registry);
        _registry.Add(session, client);
        var received = ArrayPool<byte>.Shared.Rent(ReceiveSize);
        try
        {
            lock (_store.Gate)
            {
                _store.Statistics.TotalConnections++;
            }

            if (client.ProtocolType == ProtocolType.Tcp)
            {
                client.NoDelay = true;
            }

            await ConverseAsync(client, session, received).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client went away, or the server was told to cut it off: either way there is nobody to tell.
        }
        finally
        {
            client.Dispose();
            ArrayPool<byte>.Shared.Return(received);
        }
    }

    private static async Task ConverseAsync(Socket client, ServerSession session, byte[] received)
    {
        var replies = new ArrayBufferWriter<byte>();
        var isOpen = true;
        while (isOpen && await client.ReceiveAsync(received).ConfigureAwait(false) is > 0 and var count)
        {
            isOpen = session.Accept(received.AsSpan(0, count), replies);
            var unsent = replies.WrittenMemory;
            while (!unsent.IsEmpty)
            {
                unsent = unsent[await client.SendAsync(unsent).ConfigureAwait(false)..];
            }

            replies.ResetWrittenCount();
        }
    }
}
