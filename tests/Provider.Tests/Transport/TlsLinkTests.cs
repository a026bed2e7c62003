using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Transport;

public sealed class TlsLinkTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TlsLinkTests() => _listener.Start();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Bytes_go_both_ways(SslProtocols version)
    {
        var (link, peer) = await ConnectAsync(version: version);
        using (link)
        using (peer)
        {
            link.Send("ping"u8);
            var buffer = new byte[16];
            await peer.ReadExactlyAsync(buffer.AsMemory(0, 4)).InTime();
            await peer.WriteAsync("pong!"u8.ToArray());

            Assert.Equal("pong!"u8.ToArray(), Receive(link, 5));
        }
    }

    [Fact]
    public async Task The_server_is_asked_for_by_the_configured_name()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            Assert.Equal("localhost", peer.TargetHostName);
        }
    }

    [Fact]
    public async Task Silence_returns_a_negative_number_soon_and_costs_nothing()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            for (var time = 0; time < 3; time++)
            {
                var waiting = Stopwatch.StartNew();
                Assert.True(link.Receive(new byte[16], ILink.Patience) < 0);
                Assert.True(link.Receive(new byte[16], ILink.Moment) < 0);
                Assert.InRange(waiting.Elapsed, ILink.Patience / 2, Eventually.Patience);

                await peer.WriteAsync("something"u8.ToArray());
                Assert.Equal("something"u8.ToArray(), Receive(link, 9));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(1000)]
    [InlineData(16_000)]
    public async Task Records_that_arrive_in_pieces_of_any_size_are_put_together(int size)
    {
        PiecemealLink? pieces = null;
        var (link, peer) = await ConnectAsync(inner => pieces = new PiecemealLink(inner, size));
        using (link)
        using (peer)
        {
            var sent = Noise(40_000);
            var sending = peer.WriteAsync(sent).AsTask();

            Assert.Equal(sent, Receive(link, sent.Length));
            await sending.InTime();
            Assert.True(pieces!.Waits > 40_000 / size);
        }
    }

    [Fact]
    public async Task A_record_that_comes_slowly_does_not_keep_the_receiver_from_its_clock()
    {
        SlowLink? slow = null;
        var (link, peer) = await ConnectAsync(inner => slow = new SlowLink(inner));
        using (link)
        using (peer)
        {
            await peer.WriteAsync(Noise(100));
            slow!.IsSlow = true;
            for (var received = 0; received < 100;)
            {
                var before = slow.Waits;
                received += Math.Max(0, link.Receive(new byte[100], ILink.Moment));

                // Each wait took longer than the receiver wanted to.
                Assert.InRange(slow.Waits - before, 0, 1);
            }

            Assert.True(slow.Waits > 100);
        }
    }

    [Fact]
    public async Task What_does_not_fit_the_receivers_buffer_waits_there_and_not_for_more_to_arrive()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        using (peer)
        {
            await peer.WriteAsync("abcdef"u8.ToArray());
            var first = Receive(link, 2);
            var buffer = new byte[16];

            // In one call, though the socket has nothing any more.
            Assert.Equal(4, link.Receive(buffer, ILink.Moment));
            Assert.Equal("abcdef"u8.ToArray(), (byte[])[.. first, .. buffer[..4]]);
        }
    }

    [Fact]
    public async Task One_thread_sends_while_another_receives()
    {
        var (link, peer) = await ConnectAsync(inner => new PiecemealLink(inner, 777));
        using (link)
        using (peer)
        {
            var (there, back) = (Noise(3_000_000), Noise(2_999_999));
            var taken = new byte[there.Length];
            var taking = peer.ReadExactlyAsync(taken).AsTask();
            var giving = peer.WriteAsync(back).AsTask();
            var sending = Task.Run(() =>
            {
                for (var at = 0; at < there.Length; at += 50_000)
                {
                    link.Send(there.AsSpan(at, Math.Min(50_000, there.Length - at)));
                }
            });

            Assert.Equal(back, await Task.Run(() => Receive(link, back.Length)).InTime());
            await Task.WhenAll(sending, giving, taking).InTime();
            Assert.Equal(there, taken);
        }
    }

    [Fact]
    public async Task The_peers_end_returns_zero()
    {
        var (link, peer) = await ConnectAsync();
        using (link)
        {
            await peer.WriteAsync("x"u8.ToArray());
            Receive(link, 1);
            await peer.DisposeAsync();

            var buffer = new byte[1];
            int count;
            while ((count = link.Receive(buffer, ILink.Patience)) < 0)
            {
                // Not there yet.
            }

            Assert.Equal(0, count);
        }
    }

    [Fact]
    public async Task After_disposing_everything_is_an_io_exception_also_for_who_waits()
    {
        var (link, peer) = await ConnectAsync();
        using (peer)
        {
            await peer.WriteAsync("x"u8.ToArray());
            Receive(link, 1);
            var receiving = Task.Run(() =>
            {
                while (link.Receive(new byte[1], ILink.Patience) < 0)
                {
                    // Until it is disposed.
                }
            });
            link.Dispose();

            try
            {
                await receiving.InTime();
            }
            catch (IOException)
            {
                Assert.True(receiving.IsFaulted);
            }

            Assert.Throws<IOException>(() => link.Send("x"u8));
            Assert.Throws<IOException>(() => link.Receive(new byte[1], ILink.Patience));
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificates.Dispose();
    }

    private static byte[] Receive(ILink link, int length)
    {
        var all = new byte[length];
        var waiting = Stopwatch.StartNew();
        for (var received = 0; received < length;)
        {
            var count = link.Receive(all.AsSpan(received), ILink.Patience);
            Assert.NotEqual(0, count);
            Assert.True(waiting.Elapsed < Eventually.Patience);
            received += Math.Max(0, count);
        }

        return all;
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }

    /// <summary>The links' end, and the other one.</summary>
    private async Task<(ILink Link, SslStream Peer)> ConnectAsync(Func<ILink, ILink>? wire = null, SslProtocols version = SslProtocols.None)
    {
        var settings = new TlsSettings(_certificates.AuthorityPath, null, null, null, null, "localhost", CheckRevocation: false);
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        var sockets = new SocketTransport("127.0.0.1", port, Eventually.Patience);
        var connecting = Task.Run(() => new TlsTransport(new Wired(sockets, wire), "the server", "127.0.0.1", settings).Connect(Eventually.Patience));
        var peer = new SslStream(new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true));
        await peer.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificates.Server().Certificate, EnabledSslProtocols = version });
        return (await connecting.InTime(), peer);
    }

    /// <summary>Once it is slow, every byte takes a few moments.</summary>
    private sealed class SlowLink(ILink inner) : ILink
    {
        private readonly ManualResetEventSlim _never = new();

        public bool IsSlow { get; set; }

        public int Waits { get; private set; }

        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            if (!IsSlow)
            {
                return inner.Receive(buffer, patience);
            }

            Waits++;
            _never.Wait(ILink.Moment * 10);
            return inner.Receive(buffer[..1], patience);
        }

        public void Send(ReadOnlySpan<byte> bytes) => inner.Send(bytes);

        public void Dispose()
        {
            _never.Dispose();
            inner.Dispose();
        }
    }

    private sealed class Wired(ITransport inner, Func<ILink, ILink>? wire) : ITransport
    {
        public ILink Connect(TimeSpan timeout) => wire is null ? inner.Connect(timeout) : wire(inner.Connect(timeout));
    }
}
