using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Connections;

/// <summary>Replies are matched to requests whatever way they come, and on any doubt nobody gets one.</summary>
public sealed class ConversationTests
{
    private readonly ScriptedServer _server = new();

    public static TheoryData<string> Garbage =>
    [
        "garbage\r\n",
        "\r\n",
        "ERROR\r\n",
        "CLIENT_ERROR bad data chunk\r\n",
        "SERVER_ERROR out of memory storing object\r\n",
        "VA 5 f0 c1\r\nhello\r\n",
        "VA 5 f0 c1 O2\r\nhello\r\n",
        "VA 5 f0 c1 O0\r\nhello\r\n",
        "EN O2\r\n",
        "VA 5 f0 c1 O1\r\nhello!\r\n",
        "VA 5 f0 c1 O1\r\nhelloworld",
        "VA x O1\r\n",
        "VA 5 fx c1 O1\r\nhello\r\n",
        "END\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        new string('x', 20_000),
    ];

    [Fact]
    public async Task Replies_split_at_every_byte_position_parse_the_same()
    {
        const string Replies = "VA 5 f7 c9 O{0}\r\na\r\nbc\r\nEN\r\nVA 0 f0 c2 O{2}\r\n\r\nHD O{3}\r\nVA 1 O{4}\r\n8\r\n";
        var length = Said(Replies, 0).Length;
        using var client = new TestClient(_server);
        var link = default(ScriptedLink);
        for (var (position, token) = (1, 1); position <= length; position++, token += 5)
        {
            var verbs = client.Verbs;
            var value = verbs.GetAsync("a");
            var miss = verbs.GetAsync("b");
            var empty = verbs.GetAsync("c");
            var stored = verbs.SetAsync("d", "x"u8.ToArray());
            var number = verbs.IncrementAsync("e");
            link ??= await _server.LinkAsync();
            var all = Said(Replies, token);
            var split = Math.Min(position, all.Length);
            link.Say(all[..split], all[split..]);

            var item = await value.InTime();
            Assert.Equal(("a\r\nbc", 7u, 9ul), (Encoding.ASCII.GetString(item.Value!), item.Flags, item.Cas));
            Assert.False((await miss.InTime()).Found);
            Assert.Empty((await empty.InTime()).Value!);
            Assert.True(await stored.InTime());
            Assert.Equal(8ul, await number.InTime());
        }

        Assert.Single(_server.Links);

        static string Said(string replies, int token) => replies
            .Replace("EN\r\n", $"EN O{token + 1}\r\n", StringComparison.Ordinal)
            .Replace("{0}", $"{token}", StringComparison.Ordinal)
            .Replace("{2}", $"{token + 2}", StringComparison.Ordinal)
            .Replace("{3}", $"{token + 3}", StringComparison.Ordinal)
            .Replace("{4}", $"{token + 4}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_replies_split_at_every_byte_position_parse_the_same()
    {
        const string Replies = "STAT pid 1\r\nSTAT note a b\r\nEND\r\nVERSION 1.6.18\r\nOK\r\n";
        using var client = new TestClient(_server);
        for (var position = 1; position < Replies.Length; position++)
        {
            var stats = client.Verbs.StatsAsync();
            var version = client.Verbs.VersionAsync();
            var flush = client.Verbs.FlushAllAsync();
            (await _server.LinkAsync()).Say(Replies[..position], Replies[position..]);

            Assert.Equal([new("pid", "1"), new("note", "a b")], await stats.InTime());
            Assert.Equal("1.6.18", await version.InTime());
            await flush.InTime();
        }
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_closes_the_connection_and_fails_every_waiting_call(string garbage)
    {
        using var client = new TestClient(_server);
        var first = client.Verbs.GetAsync("first");
        var second = client.Verbs.GetAsync("second");
        var third = client.Verbs.SetAsync("third", "x"u8.ToArray());
        var link = await _server.LinkAsync();

        link.Say(garbage);
        link.Say("VA 5 f0 c1 O2\r\nhello\r\n", "HD O3\r\n");

        await Assert.ThrowsAsync<MemcachedProtocolException>(() => first.InTime());
        await Assert.ThrowsAnyAsync<MemcachedException>(() => second.InTime());
        await Assert.ThrowsAnyAsync<MemcachedException>(() => third.InTime());
        await Eventually.TrueAsync(() => link.IsDisposed);
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task What_is_thrown_for_garbage_shows_no_bytes_of_it(string garbage)
    {
        using var client = new TestClient(_server);
        var wait = client.Verbs.GetAsync("key");
        (await _server.LinkAsync()).Say(garbage, "\r\n");

        var fault = await Assert.ThrowsAsync<MemcachedProtocolException>(() => wait.InTime());

        Assert.DoesNotContain("hello", fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("garbage", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_to_another_request_reaches_nobody()
    {
        using var client = new TestClient(_server);
        var mine = client.Verbs.GetAsync("mine");
        var yours = client.Verbs.GetAsync("yours");
        var link = await _server.LinkAsync();

        // Slipped by one: the second's reply comes first.
        link.Say("VA 5 f0 c1 O2\r\nyours\r\n", "VA 4 f0 c1 O1\r\nmine\r\n");

        await Assert.ThrowsAsync<MemcachedProtocolException>(() => mine.InTime());
        await Assert.ThrowsAsync<MemcachedProtocolException>(() => yours.InTime());
    }

    [Fact]
    public async Task A_reply_nobody_asked_for_closes_the_connection()
    {
        using var client = new TestClient(_server);
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        link.Say("EN O1\r\n");
        Assert.False((await wait.InTime()).Found);

        link.Say("VA 6 f0 c1 O2\r\nsecret\r\n");

        await Eventually.TrueAsync(() => link.IsDisposed);
        wait = client.Verbs.GetAsync("key");
        var next = await _server.LinkAsync(1);
        next.Say("EN O1\r\n");
        Assert.False((await wait.InTime()).Found);
    }

    [Theory]
    [InlineData("SERVER_ERROR object too large for cache")]
    [InlineData("SERVER_ERROR out of memory storing object")]
    public async Task An_error_known_to_stay_in_step_fails_its_own_set_only(string error)
    {
        using var client = new TestClient(_server);
        var refused = client.Verbs.SetAsync("big", "x"u8.ToArray());
        var other = client.Verbs.GetAsync("other");
        (await _server.LinkAsync()).Say(error + "\r\nVA 5 f0 c1 O2\r\nhello\r\n");

        var fault = await Assert.ThrowsAsync<MemcachedServerException>(() => refused.InTime());

        Assert.Contains(error, fault.Message, StringComparison.Ordinal);
        Assert.Equal("hello"u8.ToArray(), (await other.InTime()).Value);
        Assert.Single(_server.Links);
    }

    [Fact]
    public async Task A_number_that_is_none_fails_its_own_increment_only()
    {
        using var client = new TestClient(_server);
        var refused = client.Verbs.IncrementAsync("text");
        var other = client.Verbs.IncrementAsync("number");
        (await _server.LinkAsync()).Say("CLIENT_ERROR cannot increment or decrement non-numeric value\r\nVA 2 O2\r\n42\r\n");

        await Assert.ThrowsAsync<MemcachedServerException>(() => refused.InTime());

        Assert.Equal(42ul, await other.InTime());
    }

    [Fact]
    public async Task After_an_error_in_step_the_next_token_must_match()
    {
        using var client = new TestClient(_server);
        var refused = client.Verbs.SetAsync("big", "x"u8.ToArray());
        var other = client.Verbs.GetAsync("other");
        (await _server.LinkAsync()).Say("SERVER_ERROR object too large for cache\r\nVA 5 f0 c1 O1\r\nhello\r\n");

        await Assert.ThrowsAsync<MemcachedServerException>(() => refused.InTime());
        await Assert.ThrowsAsync<MemcachedProtocolException>(() => other.InTime());
    }

    [Fact]
    public async Task A_flush_the_server_did_not_confirm_is_no_success()
    {
        using var client = new TestClient(_server);
        var refused = client.Verbs.FlushAllAsync();
        var slipped = client.Verbs.FlushAllAsync();
        (await _server.LinkAsync()).Say("CLIENT_ERROR flush_all not allowed\r\nVA 5 f0 c1 O7\r\n");

        await Assert.ThrowsAsync<MemcachedServerException>(() => refused.InTime());
        await Assert.ThrowsAsync<MemcachedProtocolException>(() => slipped.InTime());
    }

    [Fact]
    public async Task Statistics_of_other_shapes_stay_in_step()
    {
        using var client = new TestClient(_server);
        var items = client.Verbs.StatsAsync("cachedump 1 0");
        var unknown = client.Verbs.StatsAsync("nonsense");
        var garbage = client.Verbs.StatsAsync();
        var version = client.Verbs.VersionAsync();
        (await _server.LinkAsync()).Say("ITEM a [1 b; 0 s]\r\nITEM b [2 b; 0 s]\r\nEND\r\nERROR\r\nsecret\r\nVERSION 1\r\n");

        Assert.Equal(2, (await items.InTime()).Count);
        await Assert.ThrowsAsync<MemcachedServerException>(() => unknown.InTime());
        await Assert.ThrowsAsync<MemcachedProtocolException>(() => garbage.InTime());
        Assert.Equal("1", await version.InTime());
    }
}
