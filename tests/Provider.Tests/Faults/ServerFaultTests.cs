using System.Net;
using System.Net.Sockets;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;

namespace Provider.Tests.Faults;

/// <summary>What happens to a server while callers ask it without pause, and check all that they get.</summary>
[Collection(nameof(Alone))]
public sealed class ServerFaultTests
{
    [Fact]
    public async Task A_server_that_is_killed_and_comes_back_empty_serves_again_within_a_second()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await FaultScene.PlayAsync(() => new FaultScene(server.EndPoint, seed: 11), async scene =>
        {
            for (var round = 0; round < 2; round++)
            {
                server.Kill();
                await scene.CallAsync(20);
                await server.RestartAsync();
                await scene.RecoverAsync();
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_server_that_stands_still_and_goes_on_serves_again_within_a_second(int timeouts)
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await FaultScene.PlayAsync(() => new FaultScene(server.EndPoint, seed: 12), async scene =>
        {
            for (var round = 0; round < 2; round++)
            {
                using var enough = new CancellationTokenSource(FaultScene.Timeout * timeouts);
                server.Pause();
                await Eventually.TrueAsync(() => enough.IsCancellationRequested);
                server.Resume();
                await scene.RecoverAsync();
            }
        });
    }

    [Fact]
    public async Task A_server_that_was_restarted_between_two_calls_is_noticed_by_nobody_but_the_misses()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await FaultScene.PlayAsync(() => new FaultScene(server.EndPoint, seed: 13), async scene =>
        {
            for (var round = 0; round < 2; round++)
            {
                await server.RestartAsync();
                await scene.RecoverAsync();
            }
        });
    }

    // Told with an error and the end of the connection, or not accepted at all.
    [Theory]
    [InlineData("maxconns_fast")]
    [InlineData("no_maxconns_fast")]
    public async Task A_server_out_of_connections_serves_again_within_a_second_of_having_some(string mode)
    {
        const int connections = 32;
        await using var server = await RealMemcachedServer.StartAsync("-c", $"{connections}", "-o", mode);
        await FaultScene.PlayAsync(() => new FaultScene(server.EndPoint, seed: 14), async scene =>
        {
            for (var round = 0; round < 2; round++)
            {
                Socket[] others = [.. Enumerable.Range(0, 2 * connections).Select(_ => Begin(server.EndPoint))];
                scene.Proxy.Cut(resets: true);
                await scene.CallAsync(10);

                // One is kept for the end: memcached that is out of connections accepts again when one ends, and misses that where the last one ends while it is still about to stop accepting.
                Array.ForEach(others[1..], other => other.Dispose());
                await scene.CallAsync(10);
                others[0].Dispose();
                await scene.RecoverAsync();
            }
        });
    }

    /// <summary>Begins to connect, and does not wait for what comes of it.</summary>
    private static Socket Begin(EndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Connect(endPoint);
        }
        catch (SocketException)
        {
            // It is on its way.
        }

        return socket;
    }

    [Fact]
    public async Task A_server_that_refuses_connections_is_asked_again_soon()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await FaultScene.PlayAsync(() => new FaultScene(server.EndPoint, seed: 15), async scene =>
        {
            for (var round = 0; round < 2; round++)
            {
                scene.Proxy.Refuse();
                scene.Proxy.Cut(resets: round % 2 == 0);
                await scene.CallAsync(50);
                scene.Proxy.Heal();
                await scene.RecoverAsync();
            }
        });
    }
}
