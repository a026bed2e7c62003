using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Protocol;

public sealed class ReplyLineTests
{
    [Theory]
    [InlineData("HD", ReplyStatus.Done)]
    [InlineData("EN", ReplyStatus.Miss)]
    [InlineData("NF", ReplyStatus.NotFound)]
    [InlineData("NS", ReplyStatus.NotStored)]
    [InlineData("EX", ReplyStatus.Exists)]
    internal void A_status_is_read_with_its_token(string status, ReplyStatus expected)
    {
        var bare = Parse(status);
        var line = Parse(status + " O42");

        Assert.Equal((expected, (uint?)null), (bare.Status, bare.Token));
        Assert.Equal((expected, (uint?)42), (line.Status, line.Token));
        Assert.Equal(0, line.ValueLength);
    }

    [Fact]
    public void A_value_tells_length_and_flags()
    {
        var line = Parse("VA 1048576 f4294967295 c18446744073709551615 t86400 O4294967295");

        Assert.Equal(ReplyStatus.Value, line.Status);
        Assert.Equal(1048576, line.ValueLength);
        Assert.Equal(uint.MaxValue, line.ClientFlags);
        Assert.Equal(ulong.MaxValue, line.Cas);
        Assert.Equal(86400, line.Ttl);
        Assert.Equal(uint.MaxValue, line.Token);
    }

    [Fact]
    public void Flags_may_come_in_any_order()
    {
        var line = Parse("VA 0 O1 t-1 c3 f2");

        Assert.Equal((0, 2u, 3ul, -1L, (uint?)1), (line.ValueLength, line.ClientFlags, line.Cas, line.Ttl, line.Token));
    }

    [Fact]
    public void What_is_not_told_has_its_neutral_value()
    {
        var line = Parse("VA 3");

        Assert.Equal((0u, 0ul, -1L, (uint?)null), (line.ClientFlags, line.Cas, line.Ttl, line.Token));
    }

    [Theory]
    [InlineData("VA 5 W O1")]
    [InlineData("VA 5 O1 X Z")]
    [InlineData("HD ")]
    [InlineData("VA 5 f0  O1 ")]
    public void What_the_server_adds_by_itself_is_allowed(string line) => Parse(line);

    [Fact]
    public void Behind_two_blanks_the_flags_go_on() => Assert.Equal(((uint?)1, 5ul), (Parse("VA 5 f0  O1   c5 ").Token, Parse("VA 5 f0  O1   c5 ").Cas));

    [Fact]
    public void Numbers_may_be_as_large_and_as_small_as_they_can()
    {
        Assert.Equal(1 << 30, Parse("VA 1073741824").ValueLength);
        Assert.Equal(long.MaxValue, Parse("VA 0 t9223372036854775807").Ttl);
        Assert.Equal((0L, 0ul, (uint?)0, 0u), (Parse("HD t0").Ttl, Parse("HD c0").Cas, Parse("HD O0").Token, Parse("HD f0").ClientFlags));
    }

    [Fact]
    public void Who_won_the_lease_is_told()
    {
        Assert.True(Parse("VA 0 W O1").WonLease);
        Assert.False(Parse("VA 0 Z O1").WonLease);
        Assert.False(Parse("VA 0 X O1").WonLease);
    }

    [Theory]
    [InlineData("")]
    [InlineData("V")]
    [InlineData("VA")]
    [InlineData("VA ")]
    [InlineData("VA x")]
    [InlineData("VA -1")]
    [InlineData("VA +1")]
    [InlineData("VA 5x O1")]
    [InlineData("VA 1073741825")]
    [InlineData("VA 4294967301")]
    [InlineData("VA 99999999999999999999")]
    [InlineData("VA5 O1")]
    [InlineData("va 5")]
    [InlineData("VALUE k 0 5")]
    [InlineData("HDX")]
    [InlineData("HD\tO1")]
    [InlineData("HD O")]
    [InlineData("HD Ox")]
    [InlineData("HD O-1")]
    [InlineData("HD O+1")]
    [InlineData("HD O4294967296")]
    [InlineData("HD O1x")]
    [InlineData("HD f O1")]
    [InlineData("HD fx O1")]
    [InlineData("HD f12x O1")]
    [InlineData("HD f4294967296 O1")]
    [InlineData("HD c O1")]
    [InlineData("HD cx O1")]
    [InlineData("HD c1x O1")]
    [InlineData("HD c18446744073709551616 O1")]
    [InlineData("HD t O1")]
    [InlineData("HD t-2 O1")]
    [InlineData("HD tx O1")]
    [InlineData("HD t9223372036854775808 O1")]
    [InlineData("HD W1 O1")]
    [InlineData("HD q O1")]
    [InlineData("HD kkey O1")]
    [InlineData("ERROR")]
    [InlineData("CLIENT_ERROR bad data chunk")]
    [InlineData("END")]
    [InlineData("OK")]
    [InlineData("HTTP/1.1 400 Bad Request")]
    public void Garbage_is_refused(string line) =>
        Assert.False(ReplyLine.TryParse(Encoding.Latin1.GetBytes(line), out _));

    [Fact]
    public void Random_bytes_never_throw() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5_000),
            Prop.ForAll(
                Gen.Elements("", "VA ", "VA 1 ", "HD ", "EN O", "HD f", "HD c", "HD t", "NS W ").ToArbitrary(),
                ArbMap.Default.ArbFor<byte[]>(),
                (head, tail) =>
                {
                    byte[] line = [.. Encoding.Latin1.GetBytes(head), .. tail];
                    return !ReplyLine.TryParse(line, out var reply) || reply.ValueLength is >= 0 and <= 1 << 30;
                }));

    private static ReplyLine Parse(string line)
    {
        Assert.True(ReplyLine.TryParse(Encoding.Latin1.GetBytes(line), out var reply));
        return reply;
    }
}
