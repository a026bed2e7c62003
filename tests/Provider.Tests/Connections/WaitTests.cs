using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Connections;

/// <summary>How a caller's wait ends when the reply does not come in time, or the caller does not want it any more.</summary>
public sealed class WaitTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly FakeClock _clock = new();
    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task A_timeout_ends_the_wait_and_the_late_reply_reaches_nobody_else()
    {
        using var client = NewClient();
        var late = client.Verbs.GetAsync("late");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        _clock.Advance(Timeout);

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => late.InTime());
        var next = client.Verbs.GetAsync("next");
        await link.SentAsync("O2");
        link.Say("VA 4 f0 c1 O1\r\nlate\r\n", "VA 4 f0 c1 O2\r\nnext\r\n");

        Assert.Equal("next", Text(await next.InTime()));
        Assert.Single(_server.Links);
    }

    [Fact]
    public async Task A_wait_does_not_end_before_its_timeout()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        _clock.Advance(Timeout - TimeSpan.FromMilliseconds(1));

        // The receiver looks at its clock on every packet.
        link.Say("VA 4 f0 ", "c1 O1\r\nta", "rd\r", "\n");

        Assert.Equal("tard", Text(await wait.InTime()));
    }

    [Fact]
    public async Task A_slow_drip_does_not_outlive_the_timeout()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("VA 100 f0 c1 O1\r\n");
        var drops = 0;
        var waiting = wait.AsTask();
        while (!waiting.IsCompleted && drops < 90)
        {
            link.Say("x");
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            drops++;
            await Task.Delay(5);
        }

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => waiting.InTime());
    }

    [Fact]
    public async Task A_value_that_stops_in_its_middle_ends_the_wait_and_then_the_connection()
    {
        using var client = NewClient();
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        link.Say("VA 100 f0 c1 O1\r\nhalf a val");
        _clock.Advance(Timeout);

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => wait.InTime());
        Assert.False(link.IsDisposed);
        _clock.Advance(2 * Timeout);
        await Eventually.TrueAsync(() => link.IsDisposed);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_after_three_timeouts()
    {
        using var client = NewClient();
        var first = client.Verbs.GetAsync("first");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");
        _clock.Advance(Timeout);
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => first.InTime());
        Assert.False(link.IsDisposed);
        _clock.Advance(1.5 * Timeout);
        var second = client.Verbs.GetAsync("second");

        _clock.Advance(0.5 * Timeout);

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => second.InTime());
        await Eventually.TrueAsync(() => link.IsDisposed);
    }

    [Fact]
    public async Task A_server_that_takes_no_bytes_ends_no_later()
    {
        using var client = NewClient();
        var first = client.Verbs.GetAsync("first");
        var link = await _server.LinkAsync();
        link.Say("EN O1\r\n");
        await first.InTime();
        link.TakeNothing();

        // Above what a caller sends by itself, so that nobody blocks in here, and not so large that it goes another way.
        var blocked = client.Verbs.SetAsync("big", new byte[64 << 10]);
        var behind = client.Verbs.GetAsync("behind");
        _clock.Advance(Timeout);
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => blocked.InTime());
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => behind.InTime());
        _clock.Advance(2 * Timeout);

        await Eventually.TrueAsync(() => link.IsDisposed);
        var anew = client.Verbs.GetAsync("anew");
        (await _server.LinkAsync(1)).Say("EN O1\r\n");
        Assert.False((await anew.InTime()).Found);
    }

    [Fact]
    public async Task The_timeout_counts_while_connecting_too()
    {
        using var client = NewClient(TimeSpan.FromSeconds(20));
        _server.Open.Reset();
        var wait = client.Verbs.GetAsync("key");
        await Eventually.TrueAsync(() => _server.Attempts == 1);
        _clock.Advance(Timeout);

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => wait.InTime());
        _server.Open.Set();
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_at_once_and_its_reply_reaches_nobody()
    {
        using var client = NewClient();
        using var cancellation = new CancellationTokenSource();
        var cancelled = client.Verbs.GetAsync("cancelled", cancellation.Token);
        var next = client.Verbs.GetAsync("next");
        var link = await _server.LinkAsync();
        await link.SentAsync("O2");
        await cancellation.CancelAsync();

        var fault = await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.InTime());
        Assert.Equal(cancellation.Token, fault.CancellationToken);
        link.Say("VA 9 f0 c1 O1\r\ncancelled\r\n", "VA 4 f0 c1 O2\r\nnext\r\n");

        Assert.Equal("next", Text(await next.InTime()));
        Assert.Single(_server.Links);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_already_sends_nothing()
    {
        using var client = NewClient();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.Verbs.GetAsync("key", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.Verbs.GetManyAsync(["a", "b"], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.Verbs.RawAsync("version", cancellationToken: cancelled));

        var wait = client.Verbs.GetAsync("next");
        await Eventually.TrueAsync(() => _server.Links.Any(link => link.Sent.Contains("O1", StringComparison.Ordinal)));
        Assert.All(_server.Links, link => Assert.DoesNotMatch("mg (key|a|b)|version", link.Sent));
        _server.Links.Single(link => link.Sent.Length > 0).Say("EN O1\r\n");
        await wait.InTime();
    }

    [Fact]
    public async Task A_raw_command_that_is_cancelled_leaves_no_connection_behind()
    {
        using var client = NewClient();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.Verbs.RawAsync("version", cancellationToken: new CancellationToken(canceled: true)));
        using var cancellation = new CancellationTokenSource();
        var wait = client.Verbs.RawAsync("version", cancellationToken: cancellation.Token);
        await Eventually.TrueAsync(() => _server.Links.Any(link => link.Sent.Length > 0));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.InTime());

        await Eventually.TrueAsync(() => _server.Links.All(link => link.IsDisposed));
    }

    private static string Text(MemcachedItem item) => Encoding.ASCII.GetString(item.Value!);

    private TestClient NewClient(TimeSpan? connectTimeout = null) =>
        new(_server, _clock, TestClient.Limits(Timeout) with { ConnectTimeout = connectTimeout ?? Timeout, FailureThreshold = 100 });
}
