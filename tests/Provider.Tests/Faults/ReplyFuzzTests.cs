using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Faults;

/// <summary>Whatever a server says, the client reads it as what it says, or ends the connection.</summary>
public sealed class ReplyFuzzTests
{
    private const int Inputs = 10_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_replies_are_refused_or_belong_to_whom_they_say(int seed)
    {
        var replies = new FuzzedReplies(seed);
        for (var input = 0; input < Inputs; input++)
        {
            var wrong = replies.Run();
            Assert.True(wrong is null, wrong);
        }

        // Both kinds of outcome were met.
        Assert.InRange(replies.Values, Inputs / 10, long.MaxValue);
        Assert.InRange(replies.Refusals, Inputs / 10, long.MaxValue);
    }

    [Fact]
    public void Any_line_is_parsed_or_refused()
    {
        var word = Gen.OneOf(
            Gen.Elements("VA", "HD", "EN", "NF", "NS", "EX", "VA 0", "VA 10", "", " ", "W", "X", "Z", "O", "O1", "f", "c", "t-1", "t", "k", "s"),
            from letter in Gen.Choose(0, 255)
            from number in Gen.Elements("", "0", "7", "-7", "4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "007", "+1", "1e3", " ")
            select (char)letter + number);

        Prop.ForAll(word.ArrayOf().ToArbitrary(), words =>
        {
            var line = Encoding.Latin1.GetBytes(string.Join(' ', words));
            return !ReplyLine.TryParse(line, out var reply) || (reply.ValueLength is >= 0 and <= 1 << 30 && reply.Ttl >= -1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    /// <summary>Through the client and its connection: one that is refused is made anew, and the next conversation begins afresh.</summary>
    [Fact]
    public async Task A_client_that_was_told_nonsense_gives_no_value_to_another_and_asks_again()
    {
        var random = new Random(5);
        using var client = new TestClient(new TalkingNonsense(random), limits: TestClient.Limits(TimeSpan.FromMilliseconds(100)));
        for (var round = 0; round < 500; round++)
        {
            var keys = Enumerable.Range(0, 3).Select(i => $"key{round}-{i}").ToArray();
            var gets = Array.ConvertAll(keys, key => GetAsync(client, key));
            for (var i = 0; i < keys.Length; i++)
            {
                if (await gets[i].InTime() is { } value && CheckedValue.TryRead(value, out var key, out _))
                {
                    Assert.Equal(keys[i], key);
                }
            }
        }
    }

    private static async Task<byte[]?> GetAsync(TestClient client, string key)
    {
        try
        {
            return (await client.Verbs.GetAsync(key)).Value;
        }
        catch (MemcachedException)
        {
            return null;
        }
    }
}
