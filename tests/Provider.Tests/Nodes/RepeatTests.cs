using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Nodes;

/// <summary>What is sent a second time when its connection is lost, and what never is.</summary>
public sealed class RepeatTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly FakeClock _clock = new();
    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task A_read_whose_connection_is_lost_is_asked_once_more_over_a_fresh_one()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("VA 2 f0 c1 O1\r\nh");
        link.Close();

        var second = await _server.LinkAsync(1);
        await second.SentAsync("mg key v f c O1\r\n");
        second.Say("VA 2 f0 c1 O1\r\nhi\r\n");

        Assert.Equal("hi"u8.ToArray(), (await wait.InTime()).Value);
    }

    [Fact]
    public async Task The_loss_of_a_connection_is_told_with_its_reason_and_one_full_stop()
    {
        using var client = NewClient();
        var first = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("VA 2 f0 c1 O1\r\nhi\r\n");
        await first.InTime();
        var wait = client.Verbs.GetAsync("key").AsTask();
        await link.SentAsync("O2");
        link.Close();

        await Eventually.TrueAsync(() => client.Log.Count(1000) == 1);
        Assert.DoesNotContain("..", client.Log.Lines.Single(static line => line.Id == 1000).Text, StringComparison.Ordinal);
        (await _server.LinkAsync(1)).Close();
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => wait.InTime());
    }

    [Fact]
    public async Task It_is_not_asked_a_third_time()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key").AsTask();
        for (var number = 0; number < 2; number++)
        {
            var link = await _server.LinkAsync(number);
            await link.SentAsync("mg key");
            link.Close();
        }

        await Assert.ThrowsAsync<MemcachedConnectionException>(() => wait.InTime());
        Assert.Equal(2, _server.Attempts);
    }

    [Fact]
    public async Task The_second_time_counts_within_the_callers_own_time()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key").AsTask();
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        _clock.Advance(Timeout - TimeSpan.FromSeconds(1));
        link.Close();
        var second = await _server.LinkAsync(1);
        await second.SentAsync("mg key");
        var younger = client.Verbs.GetAsync("younger").AsTask();
        await second.SentAsync("mg younger");
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => wait.InTime());
        Assert.False(younger.IsCompleted);
    }

    [Fact]
    public async Task Its_time_counts_also_behind_requests_that_have_more()
    {
        var pool = new OperationPool();
        using var connection = new MultiplexedConnection(_server, TestClient.Limits(Timeout), pool, _clock);
        connection.Start();
        var younger = connection.ExecuteAsync<Reply>(new MetaRequest { Verb = Verb.Get, Key = "younger"u8 }, wantsArray: true, CancellationToken.None).AsTask();
        var operation = pool.Rent();
        operation.Prepare(new MetaRequest { Verb = Verb.Get, Key = "key"u8 }, wantsArray: true, _clock.GetTimestamp() + TimeSpan.TicksPerSecond);
        var wait = operation.WaitAsync<Reply>(CancellationToken.None).AsTask();
        Assert.True(connection.TryRepeat(operation, unsent: default));
        await (await _server.LinkAsync()).SentAsync("mg key O2");
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => wait.InTime());
        Assert.False(younger.IsCompleted);
    }

    [Fact]
    public async Task Whatever_may_take_effect_twice_is_sent_once()
    {
        using var client = NewClient();
        Func<Task>[] operations =
        [
            () => client.Verbs.IncrementAsync("k").AsTask(),
            () => client.Verbs.DecrementAsync("k").AsTask(),
            () => client.Verbs.AppendAsync("k", "x"u8.ToArray()).AsTask(),
            () => client.Verbs.PrependAsync("k", "x"u8.ToArray()).AsTask(),
            () => client.Verbs.AddAsync("k", "x"u8.ToArray()).AsTask(),
            () => client.Verbs.ReplaceAsync("k", "x"u8.ToArray()).AsTask(),
            () => client.Verbs.CompareAndSwapAsync("k", "x"u8.ToArray(), 7).AsTask(),
            () => client.Verbs.SetAsync("k", "x"u8.ToArray()).AsTask(),
            () => client.Verbs.DeleteAsync("k").AsTask(),
            () => client.Verbs.TouchAsync("k", Expiry.Never).AsTask(),
            () => client.Verbs.GetAndTouchAsync("k", Expiry.Never).AsTask(),
            () => ((MemcachedClient)client.Verbs).ReadAsync<Reply>("k", Wanted.Value, wantsArray: false, touch: null, default, TimeSpan.FromSeconds(5)).AsTask(),
        ];
        for (var number = 0; number < operations.Length; number++)
        {
            var wait = operations[number]();
            var link = await _server.LinkAsync(number);
            await link.SentAsync("O1");
            link.Close();

            await Assert.ThrowsAsync<MemcachedConnectionException>(() => wait.InTime());
            Assert.Equal(number + 1, _server.Attempts);
        }
    }

    [Fact]
    public async Task Writes_of_which_nothing_was_sent_are_sent_over_a_fresh_connection_and_those_that_depend_on_something_are_not()
    {
        using var client = NewClient();
        var first = client.Verbs.GetAsync("first").AsTask();
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("EN O1\r\n");
        await first.InTime();

        // The sender keeps the link; what comes meanwhile waits unsent.
        link.TakeNothing();
        var blocked = client.Verbs.SetAsync("blocked", new byte[64 << 10]).AsTask();
        await Eventually.TrueAsync(() => link.IsBlocked);
        var set = client.Verbs.SetAsync("set", "value"u8.ToArray()).AsTask();
        var delete = client.Verbs.DeleteAsync("delete").AsTask();
        var get = client.Verbs.GetAsync("get").AsTask();
        var add = client.Verbs.AddAsync("add", "value"u8.ToArray()).AsTask();
        var count = client.Verbs.IncrementAsync("count").AsTask();
        link.Close();

        var second = await _server.LinkAsync(1);
        await second.SentAsync("O3");
        second.Say("HD O1\r\n", "HD O2\r\n", "EN O3\r\n");

        Assert.True(await set.InTime());
        Assert.True(await delete.InTime());
        Assert.False((await get.InTime()).Found);
        Assert.Equal("ms set 5 F0 T0 MS O1\r\nvalue\r\nmd delete O2\r\nmg get v f c O3\r\n", Normal(second.Sent));
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => blocked.InTime());
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => add.InTime());
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => count.InTime());
    }

    [Fact]
    public async Task A_server_that_talks_nonsense_is_not_asked_the_same_again()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("EN O7\r\n");

        await Assert.ThrowsAsync<MemcachedProtocolException>(() => wait.InTime());
        Assert.Equal(1, _server.Attempts);
    }

    // Which flags a set has besides is not this test's business.
    private static string Normal(string sent) => System.Text.RegularExpressions.Regex.Replace(sent, "ms set 5 .*?O1", "ms set 5 F0 T0 MS O1", System.Text.RegularExpressions.RegexOptions.None, Eventually.Patience);

    private TestClient NewClient() => new(_server, _clock, TestClient.Limits(Timeout) with { FailureThreshold = 1000, ConnectTimeout = Eventually.Patience });
}
