using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Transport;

public sealed class SocketTransportTests : IDisposable
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromMilliseconds(300);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SocketTransportTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    [Fact]
    public async Task Bytes_go_both_ways()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            link.Send("ping"u8);
            var buffer = new byte[16];
            Assert.Equal(4, await peer.ReceiveAsync(buffer));
            await peer.SendAsync("pong!"u8.ToArray());

            Assert.Equal(5, Receive(link, buffer));
            Assert.Equal("pong!"u8.ToArray(), buffer[..5]);
        }
    }

    [Fact]
    public async Task Names_are_resolved()
    {
        using var link = await Task.Run(() => new SocketTransport("localhost", Port, SendTimeout).Connect(Eventually.Patience)).InTime();
        using var peer = await _listener.AcceptSocketAsync();
        link.Send("x"u8);

        Assert.Equal(1, await peer.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public void A_socket_does_not_wait_to_fill_packets_and_notices_a_peer_that_vanished()
    {
        using var socket = SocketTransport.NewSocket(AddressFamily.InterNetwork);

        Assert.True(socket.NoDelay);
        Assert.NotEqual(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }

    [Fact]
    public async Task A_server_with_an_ipv6_address_is_spoken_to_where_the_machine_can()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Assert.Throws<IOException>(() => new SocketTransport("::1", Port, SendTimeout).Connect(Eventually.Patience));
            return;
        }

        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Start();
        using var link = new SocketTransport("::1", ((IPEndPoint)listener.LocalEndpoint).Port, SendTimeout).Connect(Eventually.Patience);
        using var peer = await listener.AcceptSocketAsync();
        link.Send("x"u8);

        Assert.Equal(1, await peer.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public void A_connection_that_is_refused_is_told_with_the_server_and_the_reason()
    {
        using var nobody = new RefusingPort();
        var refused = Assert.Throws<IOException>(() => new SocketTransport("127.0.0.1", nobody.Number, TimeSpan.FromSeconds(5)).Connect(TimeSpan.FromSeconds(5)));
        Assert.Equal($"Could not connect to 127.0.0.1:{nobody.Number}: ConnectionRefused", refused.Message);
    }

    [Fact]
    public async Task A_server_that_does_not_take_the_connection_is_given_up_after_the_timeout()
    {
        // Nobody accepts: once the queue of the listener is full, the system answers no further attempt.
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start(backlog: 1);
        var transport = new SocketTransport("127.0.0.1", ((IPEndPoint)deaf.LocalEndpoint).Port, SendTimeout);
        var links = new List<ILink>();
        try
        {
            await Assert.ThrowsAsync<IOException>(() => Task.Run(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    links.Add(transport.Connect(TimeSpan.FromMilliseconds(100)));
                }
            }).InTime());
        }
        finally
        {
            links.ForEach(static link => link.Dispose());
        }

        Assert.InRange(links.Count, 1, 19);
    }

    [Fact]
    public async Task Silence_returns_a_negative_number_soon()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            var waiting = Stopwatch.StartNew();

            Assert.True(link.Receive(new byte[16], ILink.Patience) < 0);
            Assert.InRange(waiting.Elapsed, ILink.Patience / 2, Eventually.Patience);
        }
    }

    [Fact]
    public async Task The_peers_end_returns_zero()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        {
            peer.Shutdown(SocketShutdown.Both);
            peer.Dispose();

            Assert.Equal(0, Receive(link, new byte[16]));
        }
    }

    [Fact]
    public async Task A_reset_is_an_io_exception()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        {
            peer.LingerState = new LingerOption(enable: true, seconds: 0);
            peer.Dispose();

            Assert.Throws<IOException>(() => Receive(link, new byte[16]));
        }
    }

    [Fact]
    public async Task Disposing_ends_a_receive_that_waits_on_another_thread()
    {
        var (link, peer) = await ConnectAsync();
        using (peer)
        {
            var receiving = Task.Run(() => Receive(link, new byte[16]));
            await Task.Delay(20);
            link.Dispose();

            // Zero is what the kernel may say to a socket that was shut down under its reader.
            try
            {
                Assert.Equal(0, await receiving.InTime());
            }
            catch (IOException)
            {
                Assert.True(receiving.IsFaulted);
            }
        }
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_fails_the_send_after_its_timeout()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            var waiting = Stopwatch.StartNew();

            await Assert.ThrowsAsync<IOException>(() => Task.Run(() => link.Send(new byte[64 << 20])).InTime());
            Assert.True(waiting.Elapsed >= SendTimeout / 2);
        }
    }

    [Fact]
    public void After_disposing_everything_is_an_io_exception()
    {
        var link = new SocketTransport("127.0.0.1", Port, SendTimeout).Connect(Eventually.Patience);
        link.Dispose();

        Assert.Throws<IOException>(() => link.Send("x"u8));
        Assert.Throws<IOException>(() => link.Receive(new byte[1], ILink.Patience));
    }

    [Fact]
    public void A_refused_connect_is_an_io_exception()
    {
        using var nobody = new RefusingPort();

        Assert.Throws<IOException>(() => new SocketTransport("127.0.0.1", nobody.Number, SendTimeout).Connect(Eventually.Patience));
        Assert.Throws<IOException>(() => new SocketTransport("/nowhere/at/all.sock", SendTimeout).Connect(Eventually.Patience));
        Assert.Throws<IOException>(() => new SocketTransport("no-such-host.invalid", 1, SendTimeout).Connect(Eventually.Patience));
    }

    public void Dispose() => _listener.Dispose();

    private static int Receive(ILink link, byte[] buffer)
    {
        var waiting = Stopwatch.StartNew();
        int count;
        do
        {
            count = link.Receive(buffer, ILink.Patience);
        }
        while (count < 0 && waiting.Elapsed < Eventually.Patience);

        return count;
    }

    private async Task<(ILink Link, Socket Peer)> ConnectAsync()
    {
        var link = new SocketTransport("127.0.0.1", Port, SendTimeout).Connect(Eventually.Patience);
        return (link, await _listener.AcceptSocketAsync());
    }
}
