using System.Net;
using System.Net.Sockets;

namespace WebExtension.Tests;

/// <summary>Stands on the wire between the sample and its memcached, and keeps every byte that passes, both ways.</summary>
public sealed class RecordingProxy : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<byte> _seen = [];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly EndPoint _server;

    public RecordingProxy(EndPoint server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public byte[] Seen
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen];
            }
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                _ = ForwardAsync(await _listener.AcceptSocketAsync(_ended.Token), _ended.Token);
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(Socket client, CancellationToken ended)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            client.NoDelay = true;
            await server.ConnectAsync(_server, ended);
            await Task.WhenAny(PumpAsync(client, server, ended), PumpAsync(server, client, ended));
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, ended) is var count and > 0)
        {
            lock (_lock)
            {
                _seen.AddRange(buffer.AsSpan(0, count));
            }

            for (var sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), ended);
            }
        }
    }
}
