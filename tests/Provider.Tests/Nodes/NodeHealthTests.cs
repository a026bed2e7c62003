using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Nodes;

namespace Provider.Tests.Nodes;

/// <summary>When a server counts as down, and how it comes back.</summary>
public sealed class NodeHealthTests
{
    private const int Threshold = 3;
    private const int WentDown = 1001;
    private const int CameBack = 1002;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly FakeClock _clock = new();

    [Fact]
    public async Task Fewer_failures_than_the_threshold_leave_the_server_up()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        using var client = NewClient(server);
        await FailAsync(client, Threshold - 1);
        server.Refuses = false;

        Assert.False((await client.Verbs.GetAsync("key").InTime()).Found);
        Assert.Equal(Threshold, server.Attempts);
        Assert.Equal(NodeState.Up, client.Node.State);
        Assert.Equal(0, client.Log.Count(WentDown));
    }

    [Fact]
    public async Task From_the_threshold_on_callers_fail_at_once_and_nothing_is_tried_for_them()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        using var client = NewClient(server);
        await FailAsync(client, Threshold);

        await FailAsync(client, 5);

        Assert.Equal(Threshold, server.Attempts);
        Assert.True(client.Node.IsDown);
        Assert.Equal(NodeState.Down, client.Node.State);
        Assert.Equal(1, client.Log.Count(WentDown));
    }

    [Fact]
    public async Task A_success_in_between_forgets_the_failures()
    {
        var server = AnsweringServer();
        using var client = NewClient(server);
        for (var round = 0; round < 3; round++)
        {
            server.Refuses = true;
            await FailAsync(client, Threshold - 1);
            server.Refuses = false;
            await client.Verbs.GetAsync("key").InTime();
            server.Links[^1].Close();
            await Eventually.TrueAsync(() => server.Links[^1].IsDisposed);
        }

        Assert.False(client.Node.IsDown);
    }

    [Fact]
    public async Task Timeouts_bring_it_down_and_then_nobody_waits_for_one_again()
    {
        var server = new ScriptedServer();
        using var client = NewClient(server);
        var waits = Enumerable.Range(0, Threshold).Select(_ => client.Verbs.GetAsync("key").AsTask()).ToArray();
        await (await server.LinkAsync()).SentAsync($"O{Threshold}");
        _clock.Advance(Timeout);
        foreach (var wait in waits)
        {
            await Assert.ThrowsAsync<MemcachedTimeoutException>(() => wait.InTime());
        }

        await Eventually.TrueAsync(() => client.Node.IsDown);

        // The clock stands still: who waited would wait for ever.
        await FailAsync(client, 1);
        await Eventually.TrueAsync(() => client.Log.Count(WentDown) == 1);
        Assert.Contains(" did not answer in time. Until it can be reached", client.Log.Lines.Single(static line => line.Id == WentDown).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_brings_it_back_without_a_caller()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        using var client = NewClient(server);
        await FailAsync(client, Threshold);
        server.Refuses = false;
        _clock.Advance(FirstPause - Instant);
        Assert.True(client.Node.IsDown);

        _clock.Advance(Instant);

        await Eventually.TrueAsync(() => !client.Node.IsDown);
        Assert.Equal(1, client.Log.Count(WentDown));
        Assert.Equal(1, client.Log.Count(CameBack));
        Assert.False((await client.Verbs.GetAsync("key").InTime()).Found);
        Assert.StartsWith("mg scopedcaching:health O1\r\n", server.Links[0].Sent, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => server.Links[0].IsDisposed);
    }

    [Fact]
    public async Task The_pauses_between_probes_double_and_stay_short_enough_to_notice_a_return_within_a_second()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        using var client = NewClient(server);
        await FailAsync(client, Threshold);
        var attempts = Threshold;
        foreach (var pause in (int[])[50, 100, 200, 400, 500, 500, 500])
        {
            _clock.Advance(TimeSpan.FromMilliseconds(pause) - Instant);
            Assert.Equal(attempts, server.Attempts);

            _clock.Advance(Instant);
            attempts++;
            await Eventually.TrueAsync(() => server.Attempts == attempts);
        }

        Assert.True(client.Node.IsDown);
        Assert.Equal(1, client.Log.Count(WentDown));
    }

    [Fact]
    public async Task A_probe_that_hangs_does_not_hold_up_the_next()
    {
        var server = new ScriptedServer();
        using var client = NewClient(server);
        server.Refuses = true;
        await FailAsync(client, Threshold);
        server.Refuses = false;
        for (var probe = 0; probe < 10; probe++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await (await server.LinkAsync(probe)).SentAsync("O1");
        }

        // A few stay open; the latest is answered.
        Assert.InRange(server.Links.Count(static link => !link.IsDisposed), 1, 5);
        server.Links[^1].Say("EN O1\r\n");

        await Eventually.TrueAsync(() => !client.Node.IsDown);
        await Eventually.TrueAsync(() => server.Links.All(static link => link.IsDisposed));
    }

    [Fact]
    public async Task A_peer_that_speaks_another_protocol_stays_down()
    {
        var server = new ScriptedServer { Answer = static _ => "HTTP/1.1 400 Bad Request\r\n" };
        using var client = NewClient(server);
        for (var failure = 0; failure < Threshold; failure++)
        {
            await Assert.ThrowsAsync<MemcachedProtocolException>(() => client.Verbs.GetAsync("key").InTime());
        }

        _clock.Advance(FirstPause);
        await Eventually.TrueAsync(() => server.Links.Count == Threshold + 1 && server.Links[^1].IsDisposed);

        Assert.True(client.Node.IsDown);
    }

    [Fact]
    public async Task What_older_connections_hold_takes_effect_before_anything_new_is_asked()
    {
        var server = new ScriptedServer { Answer = static line => line.StartsWith("mg scopedcaching", StringComparison.Ordinal) ? AnswerOf(line) : "" };
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var client = NewClient(server, services.GetRequiredService<IMeterFactory>());
        var link = await StallAsync(client, server);
        Assert.Equal("down", client.Node.Reading!.Value.State);
        _clock.Advance(FirstPause);
        await Eventually.TrueAsync(() => client.Node.State == NodeState.Recovering);
        Assert.Equal("recovering", client.Node.Reading!.Value.State);

        // The server goes on, and with it what it had not answered.
        link.Say("EN O1\r\n", "EN O2\r\n", "EN O3\r\n");
        await Eventually.TrueAsync(() => !client.Node.IsDown);

        var wait = client.Verbs.GetAsync("next");
        await link.SentAsync("O4");
        link.Say("EN O4\r\n");
        Assert.False((await wait.InTime()).Found);
    }

    [Fact]
    public async Task A_connection_that_stays_silent_while_the_server_answers_others_is_given_up()
    {
        var server = new ScriptedServer { Answer = static line => line.StartsWith("mg scopedcaching", StringComparison.Ordinal) ? AnswerOf(line) : "" };
        using var client = NewClient(server);
        var link = await StallAsync(client, server);
        _clock.Advance(FirstPause);
        await Eventually.TrueAsync(() => !client.Node.IsDown);

        await Eventually.TrueAsync(() => link.IsDisposed);
    }

    [Fact]
    public async Task Disposed_it_is_probed_no_more()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        var client = NewClient(server);
        await FailAsync(client, Threshold);

        client.Dispose();
        _clock.Advance(Timeout);

        // Far longer than its thread looks away.
        await Task.Delay(100);
        Assert.Equal(Threshold, server.Attempts);
    }

    private async Task<ScriptedLink> StallAsync(TestClient client, ScriptedServer server)
    {
        var waits = Enumerable.Range(0, Threshold).Select(_ => client.Verbs.GetAsync("key").AsTask()).ToArray();
        var link = await server.LinkAsync();
        await link.SentAsync($"O{Threshold}");
        _clock.Advance(Timeout);
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => Task.WhenAll(waits).InTime());
        await Eventually.TrueAsync(() => client.Node.IsDown);
        return link;
    }

    private TestClient NewClient(ScriptedServer server, IMeterFactory? meters = null) =>
        new(server, _clock, TestClient.Limits(Timeout) with { FailureThreshold = Threshold }, meters: meters);

    private static ScriptedServer AnsweringServer() => new() { Answer = AnswerOf };

    private static string AnswerOf(string line) => $"EN {line[line.LastIndexOf('O')..]}\r\n";

    private static async Task FailAsync(TestClient client, int times)
    {
        for (var time = 0; time < times; time++)
        {
            await Assert.ThrowsAsync<MemcachedConnectionException>(() => client.Verbs.GetAsync("key").InTime());
        }
    }
}
