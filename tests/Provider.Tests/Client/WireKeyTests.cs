using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;

namespace Provider.Tests.Client;

public sealed class WireKeyTests
{
    private const int LargestBase64Source = 186;

    [Theory]
    [InlineData("a")]
    [InlineData("user:1/~!")]
    [InlineData("0123456789")]
    public void Printable_ascii_goes_as_it_is(string key) => Assert.Equal((key, false), Encode(key));

    [Theory]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("k\r\nflush_all")]
    [InlineData("k\nms x 1\r\ny")]
    [InlineData("schlüssel")]
    [InlineData("日本")]
    [InlineData("😀")]
    public void Anything_else_goes_as_base64(string key) =>
        Assert.Equal((Convert.ToBase64String(Encoding.UTF8.GetBytes(key)), true), Encode(key));

    [Fact]
    public void The_limit_counts_encoded_bytes_and_not_characters()
    {
        Assert.Equal((new string('k', 250), false), Encode(new string('k', 250)));
        Assert.Throws<MemcachedClientException>(() => Encode(new string('k', 251)));
        Assert.Throws<MemcachedClientException>(() => Encode(new string('é', 125)));
        Assert.Throws<MemcachedClientException>(() => Encode(new string('k', 100_000)));
    }

    [Theory]
    [InlineData(184)]
    [InlineData(185)]
    [InlineData(LargestBase64Source)]
    public void Base64_up_to_the_limit_is_whole(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(number => (byte)number).ToArray();

        Assert.Equal((Convert.ToBase64String(bytes), true), Encode(bytes));
        Assert.Equal((Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', length))), true), Encode(new string(' ', length)));
    }

    [Theory]
    [InlineData(187)]
    [InlineData(188)]
    [InlineData(250)]
    [InlineData(251)]
    public void Base64_above_the_limit_is_refused(int length)
    {
        Assert.Throws<MemcachedClientException>(() => Encode(new byte[length]));
        Assert.Throws<MemcachedClientException>(() => Encode(new string(' ', length)));
        Assert.Throws<MemcachedClientException>(() => Encode(new string('k', length - 1) + " "));
    }

    [Fact]
    public void An_empty_key_is_refused()
    {
        Assert.Throws<MemcachedClientException>(() => Encode(""));
        Assert.Throws<MemcachedClientException>(() => Encode(Array.Empty<byte>()));
        Assert.Throws<MemcachedClientException>(() => Encode(default));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Assert.Throws<MemcachedClientException>(() => Encode("\ud83d"));
        Assert.Throws<MemcachedClientException>(() => Encode("a\ude00b"));
    }

    [Fact]
    public void Bytes_and_the_text_they_encode_are_the_same_key()
    {
        Assert.Equal(Encode("schlüssel"), Encode(Encoding.UTF8.GetBytes("schlüssel")));
        Assert.Equal(Encode("key"), Encode("key"u8.ToArray()));
    }

    [Fact]
    public void A_refusal_never_shows_the_key()
    {
        var refusals = new[] { "secret\ud83d", "secret" + new string('k', 250), "secret " + new string('k', 200) }
            .Select(key => Assert.Throws<MemcachedClientException>(() => Encode(key)));

        Assert.All(refusals, refusal => Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_is_accepted_is_one_token_of_the_line_and_decodes_to_the_key() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5_000),
            Prop.ForAll<byte[]>(ArbMap.Default.ArbFor<byte[]>(), bytes =>
            {
                if (bytes is not { Length: > 0 and <= LargestBase64Source })
                {
                    return true;
                }

                var (wire, isBase64) = Encode(bytes);
                return wire.Length is > 0 and <= WireKey.MaxLength
                    && wire.All(character => character is > ' ' and < '\u007f')
                    && bytes.AsSpan().SequenceEqual(isBase64 ? Convert.FromBase64String(wire) : Encoding.ASCII.GetBytes(wire));
            }));

    private static (string Wire, bool IsBase64) Encode(MemcachedKey key)
    {
        Span<byte> destination = stackalloc byte[WireKey.MaxLength];
        var wire = WireKey.Encode(key, destination, out var isBase64);
        return (Encoding.ASCII.GetString(wire), isBase64);
    }
}
