using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Nodes;

public sealed class NodeTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public async Task Nothing_is_connected_before_the_first_request()
    {
        var server = AnsweringServer();
        using var client = new TestClient(server, _clock);
        Assert.Equal(0, server.Attempts);

        await client.Verbs.GetAsync("key").InTime();

        Assert.Equal(1, server.Attempts);
    }

    [Fact]
    public async Task A_failure_names_the_server_and_carries_its_cause()
    {
        var server = AnsweringServer();
        server.Refuses = true;
        using var client = new TestClient(server, _clock);
        for (var failure = 0; failure < 3; failure++)
        {
            await FailAsync(client);
        }

        var fault = await Assert.ThrowsAsync<MemcachedConnectionException>(() => client.Verbs.GetAsync("secret").InTime());

        Assert.Contains("The server test cannot be reached", fault.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(fault.InnerException);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_raw_command_has_a_connection_of_its_own()
    {
        var server = new ScriptedServer { Answer = line => line is "version" ? "VERSION 1\r\n" : AnswerOf(line) };
        using var client = new TestClient(server, _clock);
        await client.Verbs.GetAsync("key").InTime();

        Assert.Equal("VERSION 1\r\n"u8.ToArray(), await client.Verbs.RawAsync("version").InTime());

        Assert.Equal(2, server.Links.Count);
        await Eventually.TrueAsync(() => server.Links[1].IsDisposed);
        Assert.False(server.Links[0].IsDisposed);
    }

    [Fact]
    public async Task After_a_change_of_options_the_former_connection_ends_once_all_is_answered()
    {
        var server = new ScriptedServer();
        using var client = new TestClient(server, _clock);
        var wait = client.Verbs.GetAsync("former");
        var former = await server.LinkAsync();
        await former.SentAsync("O1");

        client.Options.Change(new MemcachedOptions { Timeout = TimeSpan.FromSeconds(7) });
        var next = client.Verbs.GetAsync("next");
        (await server.LinkAsync(1)).Say("EN O1\r\n");
        await next.InTime();
        Assert.False(former.IsDisposed);
        former.Say("VA 2 f0 c1 O1\r\nhi\r\n");

        Assert.Equal("hi"u8.ToArray(), (await wait.InTime()).Value);
        await Eventually.TrueAsync(() => former.IsDisposed);
    }

    [Fact]
    public async Task A_change_of_other_options_keeps_the_connection()
    {
        var server = AnsweringServer();
        using var client = new TestClient(server, _clock);
        await client.Verbs.GetAsync("key").InTime();

        client.Options.Change(new MemcachedOptions { Prefix = "other", Enabled = false });
        await client.Verbs.GetAsync("key").InTime();

        Assert.Equal(1, server.Attempts);
    }

    [Fact]
    public async Task Reads_go_on_while_options_change()
    {
        using var server = new EmbeddedMemcached();
        using var client = new TestClient(server.Transport);
        using var stop = new CancellationTokenSource();
        await client.Verbs.SetAsync("key", "value"u8.ToArray());
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.True((await client.Verbs.GetAsync("key")).Found);
            }
        })).ToArray();
        for (var change = 1; change <= 200; change++)
        {
            client.Options.Change(new MemcachedOptions { Timeout = TimeSpan.FromSeconds(10 + change) });
            await Task.Delay(1);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers).InTime();
    }

    private static ScriptedServer AnsweringServer() => new() { Answer = AnswerOf };

    private static string AnswerOf(string line) => $"EN {line[line.LastIndexOf('O')..]}\r\n";

    private static async Task FailAsync(TestClient client) =>
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => client.Verbs.GetAsync("key").InTime());
}
