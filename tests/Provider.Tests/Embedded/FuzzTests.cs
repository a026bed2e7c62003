using System.Buffers;
using System.Text;
using Provider.Tests.Contract;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached.Embedded;

namespace Provider.Tests.Embedded;

/// <summary>Whatever bytes come, the session answers or closes: it neither throws nor hangs, and takes bounded memory.</summary>
public sealed class FuzzTests
{
    private const int Rounds = 3000;
    private const long MemoryLimit = 256 * 1024;

    private static readonly string[] Seeds =
    [
        "mg key v k t c f s h l O123 q N30 R30 T30\r\n", "ms key 5 c F1 T60 I C7 MA b k O1\r\nvalue\r\n", "md key q I T30 C5\r\n",
        "ma key N60 J5 D2 MI v t c\r\n", "me key b\r\n", "mn\r\n", "set key 1 60 5 noreply\r\nvalue\r\n", "cas key 0 0 1 77\r\nx\r\n",
        "get a b c d\r\n", "gats 10 a b\r\n", "incr key 5\r\n", "delete key 0 noreply\r\n", "touch key 9\r\n", "flush_all 5\r\n",
        "stats settings\r\n", "verbosity 1\r\n", "append key 0 0 3\r\nabc\r\n", "quit\r\n", "mg a2V5 b k v\r\n",
    ];

    private static readonly string[] Fragments =
        [" ", "\r\n", "\n", "\0", "-1", "99999999999999999999", "2147483645", "b", "k", "=", "\u0080", "\t", "  ", "noreply", "4294967297", "HTTP/1.1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_bytes_do_no_harm(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            Feed(random, bytes);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Mutated_commands_do_no_harm(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            Feed(random, Mutate(random));
        }
    }

    [Fact]
    public void An_endless_line_ends_the_connection()
    {
        using var peer = new EmbeddedPeer();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var blanks = Encoding.ASCII.GetBytes("get " + new string('a', 60_000));
        for (var i = 0; i < 1000 && peer.IsOpen; i++)
        {
            peer.Say(blanks);
        }

        Assert.False(peer.IsOpen);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    private static byte[] Mutate(Random random)
    {
        var text = new StringBuilder();
        for (var command = random.Next(1, 5); command > 0; command--)
        {
            text.Append(Seeds[random.Next(Seeds.Length)]);
        }

        for (var mutation = random.Next(1, 8); mutation > 0; mutation--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text[at] = (char)random.Next(256);
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(1, 4), text.Length - at));
                    text.Append('\n');
                    break;
                case 2:
                    text.Insert(at, new string((char)random.Next(33, 127), random.Next(1, 300)));
                    break;
                default:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
            }
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static void Feed(Random random, byte[] bytes)
    {
        var store = new ItemStore(new ServerClock(new FakeClock()), MemoryLimit, 64 * 1024);
        using var session = new ServerSession(store, new SessionRegistry());
        var replies = new ArrayBufferWriter<byte>();
        var rest = bytes.AsSpan();
        var isOpen = true;
        while (isOpen && !rest.IsEmpty)
        {
            var length = random.Next(1, rest.Length + 1);
            isOpen = session.Accept(rest[..length], replies);
            rest = rest[length..];
        }

        Assert.InRange(store.Bytes, 0, MemoryLimit);
        Assert.InRange(replies.WrittenCount, 0, 1 << 20);
    }
}
