using System.Net;
using System.Net.Sockets;

namespace Fleet.Tests.Doubles;

/// <summary>
/// Stands on the wire between a node and its memcached, and counts the commands. When told to, it holds back all answers until so many commands have passed: a caller who
/// needs an answer before it sends the last of them never gets one.
/// </summary>
public sealed class HoldingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly EndPoint _server;
    private TaskCompletionSource _released = new();
    private int _commands;
    private int _awaited;

    public HoldingProxy(EndPoint server)
    {
        _server = server;
        _released.SetResult();
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many commands have passed since <see cref="HoldAnswersUntil"/>.</summary>
    public int Commands => Volatile.Read(ref _commands);

    /// <summary>Counts anew, and holds answers back until <paramref name="commands"/> have passed. Only for commands of one line.</summary>
    public void HoldAnswersUntil(int commands)
    {
        (_commands, _awaited) = (0, commands);
        _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
            await Task.WhenAny(PumpAsync(client, server, Count, ended), PumpAsync(server, client, _ => _released.Task.WaitAsync(ended), ended));
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, Task> pass, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, ended) is var count and > 0)
        {
            await pass(buffer.AsMemory(0, count));
            for (var sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), ended);
            }
        }
    }

    private Task Count(ReadOnlyMemory<byte> requests)
    {
        if (Interlocked.Add(ref _commands, requests.Span.Count((byte)'\n')) >= _awaited)
        {
            _released.TrySetResult();
        }

        return Task.CompletedTask;
    }
}
