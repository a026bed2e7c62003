using System.Net.Sockets;
using System.Text;

namespace Provider.Tests.RealMemcached;

public sealed class RealMemcachedServerTests
{
    private static readonly byte[] Version = "version\r\n"u8.ToArray();

    [Fact]
    public async Task A_started_server_answers()
    {
        await using var server = await RealMemcachedServer.StartAsync("-m", "8");
        using var socket = await server.ConnectAsync();

        Assert.StartsWith("VERSION ", await AskAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_on_a_unix_socket_answers()
    {
        await using var server = await RealMemcachedServer.StartOnUnixSocketAsync();
        using var socket = await server.ConnectAsync();

        Assert.StartsWith("VERSION ", await AskAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_server_answers_on_the_same_port()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        server.Kill();
        await Assert.ThrowsAnyAsync<SocketException>(server.ConnectAsync);

        await server.RestartAsync();

        using var socket = await server.ConnectAsync();
        Assert.StartsWith("VERSION ", await AskAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_server_is_silent_until_resumed()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var socket = await server.ConnectAsync();
        await AskAsync(socket);
        server.Pause();
        await socket.SendAsync(Version);

        Assert.False(socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead));
        server.Resume();

        Assert.StartsWith("VERSION ", await ReadAsync(socket), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(Socket socket)
    {
        await socket.SendAsync(Version);
        return await ReadAsync(socket);
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
    }
}
