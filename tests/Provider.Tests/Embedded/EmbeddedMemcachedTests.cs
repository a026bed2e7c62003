using System.Net;
using System.Net.Sockets;
using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Embedded;

public sealed class EmbeddedMemcachedTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void A_client_in_the_process_is_answered()
    {
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));

        Assert.Equal("VERSION 1.6.18\r\n", Ask(link, "version\r\n"));
    }

    [Fact]
    public async Task A_client_on_tcp_shares_entries_with_one_in_the_process()
    {
        var endPoint = _server.ListenTcp();
        Assert.Equal(IPAddress.Loopback, endPoint.Address);
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);

        Ask(link, "ms a 2\r\nhi\r\n");

        Assert.Equal("VA 2\r\nhi\r\n", await AskAsync(socket, "mg a v\r\n"));
    }

    [Fact]
    public async Task A_client_on_a_unix_socket_is_answered()
    {
        var folder = Directory.CreateTempSubdirectory("embedded-");
        try
        {
            var path = Path.Combine(folder.FullName, "cache.sock");
            _server.ListenUnix(path);
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);

            Assert.Equal("MN\r\n", await AskAsync(socket, "mn\r\n"));
            _server.Dispose();
            Assert.False(File.Exists(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_value_larger_than_any_buffer_passes_through_tcp()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.ListenTcp(), TestContext.Current.CancellationToken);
        var value = new string('x', 1_000_000);
        await AskAsync(socket, $"ms a 1000000\r\n{value}\r\n");

        var reply = await AskAsync(socket, "mg a v\r\n", "VA 1000000\r\n".Length + value.Length + 2);

        Assert.Equal($"VA 1000000\r\n{value}\r\n", reply);
    }

    [Fact]
    public void Eviction_takes_everything_and_tells_nobody()
    {
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        Ask(link, "ms a 2\r\nhi\r\n");
        Assert.Equal(1, _server.Count);

        _server.EvictAll();

        Assert.Equal(0, _server.Count);
        Assert.Equal("EN\r\n", Ask(link, "mg a v\r\n"));
    }

    [Fact]
    public async Task Cut_connections_fail_and_new_ones_find_the_entries()
    {
        var endPoint = _server.ListenTcp();
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        await AskAsync(socket, "ms a 2\r\nhi\r\n");
        var receiving = Task.Run(() => link.Receive(new byte[16], ILink.Patience));

        _server.CloseConnections();

        await Assert.ThrowsAsync<IOException>(() => receiving);
        Assert.Throws<IOException>(() => link.Send("mn\r\n"u8));
        Assert.Equal(0, await ReceiveOrEndAsync(socket));
        using var another = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        Assert.Equal("VA 2\r\nhi\r\n", Ask(another, "mg a v\r\n"));
    }

    [Fact]
    public void A_client_that_quits_is_told_the_end()
    {
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        link.Send("mn\r\nquit\r\n"u8);

        Assert.Equal("MN\r\n", Receive(link));
        Assert.Equal(0, link.Receive(new byte[16], ILink.Patience));
    }

    [Fact]
    public void A_disposed_server_takes_no_connections()
    {
        var endPoint = _server.ListenTcp();
        _server.Dispose();

        Assert.Throws<IOException>(() => _server.Transport.Connect(TimeSpan.FromSeconds(1)));
        Assert.Throws<ObjectDisposedException>(() => _server.ListenTcp());
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Assert.ThrowsAny<SocketException>(() => socket.Connect(endPoint));
    }

    [Fact]
    public void Statistics_count_what_was_done()
    {
        using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        Ask(link, "set a 0 0 1\r\n1\r\nget a\r\nget b\r\nincr a 1\r\ndelete a\r\ndelete a\r\nmn\r\n");

        var stats = Ask(link, "stats\r\n");

        string[] expected = ["cmd_get 2", "cmd_set 1", "get_hits 1", "get_misses 1", "incr_hits 1", "delete_hits 1", "delete_misses 1", "curr_connections 1"];
        Assert.All(expected, stat => Assert.Contains($"STAT {stat}\r\n", stats, StringComparison.Ordinal));
        Assert.Equal("RESET\r\n", Ask(link, "stats reset\r\n"));
        Assert.Contains("STAT cmd_get 0\r\n", Ask(link, "stats\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_count_to_the_same_number()
    {
        const int Threads = 8, Times = 500;
        using var first = _server.Transport.Connect(TimeSpan.FromSeconds(1));
        Ask(first, "ms n 1\r\n0\r\n");

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            using var link = _server.Transport.Connect(TimeSpan.FromSeconds(1));
            for (var i = 0; i < Times; i++)
            {
                Ask(link, "ma n\r\n");
            }
        })));

        Assert.Equal("VA 4\r\n4000\r\n", Ask(first, "mg n v\r\n"));
    }

    private static string Ask(ILink link, string command)
    {
        link.Send(Encoding.Latin1.GetBytes(command));
        return Receive(link);
    }

    private static string Receive(ILink link)
    {
        var buffer = new byte[64 * 1024];
        return Encoding.Latin1.GetString(buffer, 0, link.Receive(buffer, ILink.Patience));
    }

    private static async Task<string> AskAsync(Socket socket, string command, int atLeast = 1)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await socket.SendAsync(Encoding.Latin1.GetBytes(command), patience.Token);
        var reply = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (reply.Length < atLeast && await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
        {
            reply.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return reply.ToString();
    }

    // A cut connection shows as an end or as a reset, as the operating system likes.
    private static async Task<int> ReceiveOrEndAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            return await socket.ReceiveAsync(new byte[16], patience.Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
