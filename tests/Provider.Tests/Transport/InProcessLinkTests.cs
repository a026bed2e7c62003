using System.Buffers;
using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Transport;

public sealed class InProcessLinkTests : IDisposable
{
    private readonly Echo _peer = new();
    private readonly ILink _link;

    public InProcessLinkTests() => _link = new InProcessLink(_peer);

    [Fact]
    public void What_the_peer_says_arrives_in_order_whatever_the_buffers_are()
    {
        _link.Send("hello "u8);
        _link.Send("world"u8);
        var text = new StringBuilder();
        var buffer = new byte[3];
        while (text.Length < 11)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, _link.Receive(buffer, ILink.Patience)));
        }

        Assert.Equal("hello world", text.ToString());
        Assert.True(_link.Receive(buffer, ILink.Patience) < 0);
    }

    [Fact]
    public void A_peer_that_closes_is_heard_to_its_end()
    {
        _link.Send("bye"u8);
        _peer.Closes = true;
        _link.Send("!"u8);
        var buffer = new byte[16];

        Assert.Equal(4, _link.Receive(buffer, ILink.Patience));
        Assert.Equal(0, _link.Receive(buffer, ILink.Patience));
        Assert.Throws<IOException>(() => _link.Send("more"u8));
    }

    [Fact]
    public async Task Disposing_ends_a_waiting_receive_and_disposes_the_peer_once()
    {
        var receiving = Task.Run(() =>
        {
            while (_link.Receive(new byte[1], ILink.Patience) < 0)
            {
                // Silence.
            }
        });
        await Task.Delay(10);
        _link.Dispose();
        _link.Dispose();

        await Assert.ThrowsAsync<IOException>(() => receiving.InTime());
        Assert.Throws<IOException>(() => _link.Send("x"u8));
        Assert.Equal(1, _peer.Disposed);
    }

    public void Dispose()
    {
        _link.Dispose();
        _peer.Dispose();
    }

    private sealed class Echo : IInProcessPeer
    {
        public bool Closes { get; set; }

        public int Disposed { get; private set; }

        public bool Accept(ReadOnlySpan<byte> bytes, IBufferWriter<byte> replies)
        {
            replies.Write(bytes);
            return !Closes;
        }

        public void Dispose() => Disposed++;
    }
}
