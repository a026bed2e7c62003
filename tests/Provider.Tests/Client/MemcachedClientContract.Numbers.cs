using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Client;

/// <content>Numbers, lives, and what concerns the server.</content>
public abstract partial class MemcachedClientContract
{
    [Fact]
    public async Task Increment_and_decrement_return_the_new_number()
    {
        await Client.SetAsync(Key("n"), Bytes("10"));

        Assert.Equal(11ul, await Client.IncrementAsync(Key("n")));
        Assert.Equal(111ul, await Client.IncrementAsync(Key("n"), 100));
        Assert.Equal(110ul, await Client.DecrementAsync(Key("n")));
        Assert.Equal(9ul, await Client.DecrementAsync(Key("n"), 101));
        Assert.Equal(9ul, await Client.IncrementAsync(Key("n"), 0));
        Assert.Equal("9", Text(await Client.GetAsync(Key("n")))!.TrimEnd(' '));
    }

    [Fact]
    public async Task Numbers_wrap_above_and_stop_at_zero_below()
    {
        await Client.SetAsync(Key("n"), Bytes("18446744073709551615"));

        Assert.Equal(0ul, await Client.IncrementAsync(Key("n")));
        Assert.Equal(ulong.MaxValue, await Client.IncrementAsync(Key("n"), ulong.MaxValue));
        Assert.Equal(0ul, await Client.DecrementAsync(Key("n"), ulong.MaxValue));
        Assert.Equal(0ul, await Client.DecrementAsync(Key("n"), 5));
    }

    [Fact]
    public async Task An_absent_number_is_null_and_stays_absent()
    {
        Assert.Null(await Client.IncrementAsync(Key("absent")));
        Assert.Null(await Client.DecrementAsync(Key("absent")));
        Assert.False((await Client.GetAsync(Key("absent"))).Found);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("18446744073709551616")]
    public async Task What_is_no_number_is_a_server_error_and_the_connection_goes_on(string text)
    {
        await Client.SetAsync(Key("text"), Bytes(text));
        await Client.SetAsync(Key("n"), Bytes("1"));
        var before = Client.GetAsync(Key("n"));
        var wrong = Client.IncrementAsync(Key("text"));
        var wrongToo = Client.DecrementAsync(Key("text"));
        var after = Client.IncrementAsync(Key("n"));

        Assert.True((await before).Found);
        await Assert.ThrowsAsync<MemcachedServerException>(async () => await wrong);
        await Assert.ThrowsAsync<MemcachedServerException>(async () => await wrongToo);
        Assert.Equal(2ul, await after);
        Assert.Equal(text, Text(await Client.GetAsync(Key("text"))));
    }

    [Fact]
    public async Task Concurrent_increments_are_all_counted()
    {
        await Client.SetAsync(Key("n"), Bytes("0"));

        var counts = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Client.IncrementAsync(Key("n")).AsTask()));

        Assert.Equal(Enumerable.Range(1, 500).Select(number => (ulong?)number), counts.Order());
    }

    [Fact]
    public async Task What_is_past_already_is_not_stored()
    {
        await Client.SetAsync(Key("a"), Bytes("former"));

        Assert.False(await Client.SetAsync(Key("a"), Bytes("x"), TimeSpan.FromSeconds(-1)));
        Assert.False((await Client.GetAsync(Key("a"))).Found);
        Assert.False(await Client.SetAsync(Key("b"), Bytes("x"), TimeSpan.Zero));
        Assert.False(await Client.SetAsync(Key("b"), Bytes("x"), DateTimeOffset.UnixEpoch));
        Assert.False(await Client.AddAsync(Key("b"), Bytes("x"), TimeSpan.FromTicks(-1)));
        Assert.False((await Client.GetAsync(Key("b"))).Found);
    }

    [Fact]
    public async Task Long_lives_are_lived()
    {
        Expiry[] lives =
        [
            TimeSpan.FromDays(30), TimeSpan.FromDays(30) + TimeSpan.FromTicks(1), TimeSpan.FromDays(31), TimeSpan.FromDays(1_000),
            TimeSpan.MaxValue, DateTimeOffset.UtcNow.AddDays(31), DateTimeOffset.MaxValue, DateTimeOffset.UtcNow.AddMinutes(1), Expiry.Never,
        ];

        for (var life = 0; life < lives.Length; life++)
        {
            Assert.True(await Client.SetAsync(Key($"{life}"), Bytes("x"), lives[life]));
        }

        Assert.Equal(lives.Length, (await Client.GetManyAsync([.. lives.Select((_, life) => Key($"{life}"))])).Count);
    }

    [Fact]
    public async Task Short_lives_end_and_touched_ones_go_on()
    {
        // Long enough to be touched within it on a busy machine: a server that counts in whole seconds ends a life of one second early.
        var seconds = TimeSpan.FromSeconds(3);
        foreach (var name in (string[])["short", "touched", "read", "endless"])
        {
            await Client.SetAsync(Key(name), Bytes(name), name is "endless" ? Expiry.Never : seconds);
        }

        Assert.True(await Client.TouchAsync(Key("touched"), TimeSpan.FromMinutes(1)));
        var read = await Client.GetAndTouchAsync(Key("read"), TimeSpan.FromMinutes(1));
        Assert.True(await Client.TouchAsync(Key("endless"), seconds));

        Assert.Equal("read", Text(read));
        Assert.NotEqual(0ul, read.Cas);
        await Eventually.TrueAsync(async () =>
            (await Client.GetManyAsync([Key("short"), Key("endless")])).Count == 0);
        Assert.Equal(2, (await Client.GetManyAsync([Key("touched"), Key("read")])).Count);
    }

    [Fact]
    public async Task Touch_and_get_and_touch_tell_that_there_is_no_item()
    {
        Assert.False(await Client.TouchAsync(Key("absent"), TimeSpan.FromMinutes(1)));
        Assert.False((await Client.GetAndTouchAsync(Key("absent"), TimeSpan.FromMinutes(1))).Found);
    }

    [Fact]
    public async Task Touching_into_the_past_ends_an_item()
    {
        await Client.SetAsync(Key("a"), Bytes("x"));

        await Client.TouchAsync(Key("a"), TimeSpan.FromSeconds(-1));

        Assert.False((await Client.GetAsync(Key("a"))).Found);
    }

    [Fact]
    public async Task Statistics_are_named_values()
    {
        await Client.GetAsync(Key("absent"));

        var server = Client.ServerOf(Key("absent"));
        var general = await Client.StatsAsync(server: server);
        var settings = await Client.StatsAsync("settings", server);

        Assert.True(long.Parse(general["get_misses"]) > 0);
        Assert.Equal(await Client.VersionAsync(), general["version"]);
        Assert.Equal("1048576", settings["item_size_max"]);
        Assert.NotNull(await Client.StatsAsync("items", server));
    }

    [Fact]
    public async Task The_statistics_of_every_server_are_told_as_numbers()
    {
        await Client.SetAsync(Key("a"), Bytes("value"));
        await Client.GetAsync(Key("a"));
        await Client.GetAsync(Key("absent"));

        var all = await Client.ServerStatisticsAsync();
        var mine = Assert.Single(all, server => Client.ServerOf(Key("a")).Equals(server.Server, StringComparison.Ordinal));

        Assert.Equal(Client.Servers, all.Select(server => server.Server), StringComparer.Ordinal);
        Assert.All(all, server => Assert.Equal((null, true, true), (server.Fault, server.BytesLimit > 0, server.Connections > 0)));
        Assert.True(mine is { Items: > 0, Bytes: > 0, Hits: > 0, Evictions: >= 0, Uptime.Ticks: >= 0, Version.Length: > 0 });
        Assert.True(all.Sum(server => server.Misses) > 0);
        Assert.Equal(mine.Raw["curr_items"], $"{mine.Items}");
        Assert.All(await Client.ServerStatisticsAsync("settings"), server => Assert.Equal(("1048576", null), (server.Raw["item_size_max"], server.Items)));
    }

    [Fact]
    public async Task Statistics_that_do_not_exist_are_a_server_error_and_the_connection_goes_on()
    {
        await Assert.ThrowsAsync<MemcachedServerException>(async () => await Client.StatsAsync("nonsense", Client.Servers[0]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Client.StatsAsync("items\r\nflush_all", Client.Servers[0]));

        Assert.False((await Client.GetAsync(Key("absent"))).Found);
    }

    [Fact]
    public async Task The_version_is_a_number() => Assert.Matches(@"^\d+\.\d+\.\d+", await Client.VersionAsync());

    [Fact]
    public async Task Flush_all_removes_everything_now_or_later()
    {
        await Client.SetAsync(Key("a"), Bytes("x"));
        await Client.FlushAllAsync();
        Assert.False((await Client.GetAsync(Key("a"))).Found);

        // So many that every server has some.
        var keys = Enumerable.Range(0, 50).Select(i => Key("b" + i)).ToArray();
        await Client.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Bytes("x")))]);

        await Client.FlushAllAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(keys.Length, (await Client.GetManyAsync(keys)).Count);
        await Eventually.TrueAsync(async () => (await Client.GetManyAsync(keys)).Count == 0);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Client.FlushAllAsync(TimeSpan.FromSeconds(-1)));

        // Nothing of the flush is still to come for the next test.
        await Eventually.TrueAsync(async () =>
            (await Client.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Bytes("x")))])).Count == 0 && (await Client.GetManyAsync(keys)).Count == keys.Length);
    }

    [Fact]
    public async Task A_raw_command_returns_its_reply_up_to_the_end_token()
    {
        await Client.SetAsync(Key("a"), Bytes("value"), flags: 3);

        var value = await Client.RawAsync($"get {Key("a")}", "END\r\n", Client.ServerOf(Key("a")));
        var line = await Client.RawAsync("mn", server: Client.Servers[0]);

        Assert.Equal($"VALUE {Key("a")} 3 5\r\nvalue\r\nEND\r\n", System.Text.Encoding.ASCII.GetString(value));
        Assert.Equal("MN\r\n"u8.ToArray(), line);
    }

    [Fact]
    public async Task A_raw_reply_may_hold_lines_that_look_like_errors()
    {
        await Client.SetAsync(Key("a"), Bytes("1\r\nERROR 2\r\n3"));

        var value = await Client.RawAsync($"get {Key("a")}", "END\r\n", Client.ServerOf(Key("a")));

        Assert.EndsWith("3\r\nEND\r\n", System.Text.Encoding.ASCII.GetString(value), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raw_command_that_is_refused_returns_the_error() =>
        Assert.Equal("ERROR\r\n"u8.ToArray(), await Client.RawAsync("nonsense", "END\r\n", Client.Servers[0]));

    [Theory]
    [InlineData("version\r\nflush_all", "\r\n")]
    [InlineData("version\nflush_all", "\r\n")]
    [InlineData("version\0", "\r\n")]
    [InlineData("version", "END")]
    [InlineData("version", "")]
    public async Task A_raw_command_is_one_line_and_its_end_token_ends_with_a_line_end(string command, string endToken) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Client.RawAsync(command, endToken));
}
