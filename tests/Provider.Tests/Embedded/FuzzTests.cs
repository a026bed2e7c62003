using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Provider.Tests.Contract;
using Provider.Tests.Doubles;
using Provider.Tests.Faults;

namespace Provider.Tests.Embedded;

/// <summary>Whatever bytes come, the session answers or closes: it neither throws nor hangs, and takes bounded memory.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 10_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mutated_commands_and_random_bytes_do_no_harm(int seed)
    {
        var requests = new FuzzedRequests(seed, new FakeClock());
        for (var input = 0; input < Inputs; input++)
        {
            var wrong = requests.Run();
            Assert.True(wrong is null, wrong);
        }
    }

    [Fact]
    public void Any_words_in_any_pieces_do_no_harm()
    {
        var word = Gen.OneOf(
            Gen.Elements("mg", "ms", "md", "ma", "me", "mn", "get", "set", "incr", "cas", "touch", "gat", "flush_all", "stats", "\r\n", "\n", "noreply", "key", "0", "5", "-1", "value\r\n"),
            from letter in Gen.Elements("bcfhklOqstuvINRTSMADJCEX".ToCharArray())
            from number in Gen.Elements("", "0", "1", "60", "-1", "4294967296", "18446744073709551616", "x")
            select letter + number);
        var requests = new FuzzedRequests(seed: 4, new FakeClock());

        Prop.ForAll(word.ArrayOf().ToArbitrary(), words => requests.Feed(Encoding.Latin1.GetBytes(string.Join(' ', words) + "\r\n")) is null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
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
}
