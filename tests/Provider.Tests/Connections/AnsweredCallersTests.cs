using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Connections;

/// <summary>Callers whose replies come together go on together, and that holds nobody up.</summary>
public sealed class AnsweredCallersTests
{
    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task What_callers_answered_together_ask_next_is_sent_together()
    {
        using var client = new TestClient(_server);
        var callers = Enumerable.Range(0, 8).Select(_ => AskTwiceAsync(client.Verbs)).ToArray();
        var link = await _server.LinkAsync();
        await link.SentAsync("O8\r\n");

        link.Say(Misses(1, 8));
        await link.SentAsync("O16\r\n");
        link.Say(Misses(9, 8));

        await Task.WhenAll(callers).InTime();
    }

    [Fact]
    public async Task A_caller_who_keeps_its_thread_holds_up_nobody_who_was_answered_with_it()
    {
        // The clock stands still, as in a test of a user's: help must come all the same.
        using var client = new TestClient(_server, new FakeClock());
        using var release = new ManualResetEventSlim();
        var others = 0;
        var blocked = BlockAfterAsync(client.Verbs, release);
        var callers = Enumerable.Range(0, 5).Select(async _ =>
        {
            await client.Verbs.GetAsync("key").ConfigureAwait(false);
            Interlocked.Increment(ref others);
        }).ToArray();
        var link = await _server.LinkAsync();
        await link.SentAsync("O6\r\n");

        link.Say(Misses(1, 6));

        await Task.WhenAll(callers).InTime();
        Assert.Equal(5, others);
        Assert.False(blocked.IsCompleted);
        release.Set();
        await blocked.InTime();
    }

    [Fact]
    public async Task What_a_caller_waits_for_while_it_keeps_its_thread_is_sent_all_the_same()
    {
        using var client = new TestClient(_server);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => AskAndBlockAsync(client.Verbs))).ToArray();
        var link = await _server.LinkAsync();
        await link.SentAsync("O4\r\n");

        link.Say(Misses(1, 4));
        await link.SentAsync("O8\r\n");
        link.Say(Misses(5, 4));

        await Task.WhenAll(callers).InTime();
    }

    private static async Task AskTwiceAsync(IMemcachedClient verbs)
    {
        await verbs.GetAsync("first").ConfigureAwait(false);
        await verbs.GetAsync("second").ConfigureAwait(false);
    }

    private static async Task BlockAfterAsync(IMemcachedClient verbs, ManualResetEventSlim release)
    {
        await verbs.GetAsync("key").ConfigureAwait(false);
        release.Wait();
    }

    // What careless code does: it waits for an asynchronous call on the thread that another one has just come back on.
#pragma warning disable VSTHRD103, CA1849, xUnit1031
    private static async Task AskAndBlockAsync(IMemcachedClient verbs)
    {
        await verbs.GetAsync("first").ConfigureAwait(false);
        verbs.GetAsync("second").AsTask().Wait();
    }
#pragma warning restore VSTHRD103, CA1849, xUnit1031

    private static string Misses(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(token => $"EN O{token}\r\n"));
}
