using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Removals;

namespace Provider.Tests.Nodes;

/// <summary>When and how a server gets the removals that it has missed.</summary>
public sealed class NodeJournalTests : IDisposable
{
    private static readonly byte[] s_key = "key"u8.ToArray();

    private readonly ScriptedServer _server = new();
    private readonly OutageCache _cache;

    public NodeJournalTests() => _cache = new OutageCache(_server);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task Nothing_is_asked_before_all_removals_are_acknowledged()
    {
        await RemoveInVainAsync("first", "second");
        _cache.Way.Mend();
        await AnswerProbeAsync();
        var link = await LinkOfAsync("md first O1\r\nmd second O2\r\n");

        link.Say("HD O1\r\n");
        Assert.True((await _cache.Store.GetAsync(s_key)).IsUnreachable);
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _cache.Client.GetAsync("key"));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _cache.Client.RawAsync("version"));
        link.Say("NF O2\r\n");

        await Eventually.TrueAsync(() => !_cache.Node.IsDown);
        var wait = _cache.Store.GetAsync(s_key);
        await link.SentAsync("O3");
        link.Say("EN O3\r\n");
        Assert.False((await wait.InTime()).IsUnreachable);
    }

    [Fact]
    public async Task What_is_not_acknowledged_is_delivered_again()
    {
        await RemoveInVainAsync("key");
        _cache.Way.Mend();
        await AnswerProbeAsync();
        var link = await LinkOfAsync("md key O1\r\n");
        link.Close();
        await AnswerProbeAsync();

        var second = await LinkOfAsync("md key O1\r\n", but: link);
        Assert.Equal(NodeState.Recovering, _cache.Node.State);
        second.Say("HD O1\r\n");

        await Eventually.TrueAsync(() => _cache.Node.State == NodeState.Up);
    }

    [Fact]
    public async Task A_removal_that_times_out_is_delivered_at_once_when_the_server_is_well()
    {
        using var cache = new OutageCache(_server, TestClient.Limits(TimeSpan.FromMilliseconds(100)) with { ConnectTimeout = Eventually.Patience });
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await cache.Store.RemoveAsync(s_key));

        // Late, but before the connection is given up.
        var link = await _server.LinkAsync();
        await Eventually.TrueAsync(() =>
        {
            foreach (var other in _server.Links)
            {
                AnswerAll(other);
            }

            return !cache.Node.IsDown && link.Sent.Length > 0;
        });

        Assert.Contains(_server.Links, static other => other.Sent.Split("md key").Length > 1);
    }

    [Fact]
    public async Task What_a_raw_client_does_and_what_depends_on_a_version_is_not_remembered()
    {
        _cache.Way.Cut();
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _cache.Client.DeleteAsync("raw"));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _cache.Store.RemoveAsync(s_key, version: 7));
        _cache.Way.Mend();

        var wait = _cache.Client.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("mg key");
        link.Say("EN O1\r\n");
        await wait.InTime();
        Assert.StartsWith("mg key", link.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_outlives_a_change_of_the_options_because_the_name_is_the_same()
    {
        await RemoveInVainAsync("key");
        _cache.Options.Change(new MemcachedOptions { Timeout = TimeSpan.FromSeconds(7) });
        _cache.Way.Mend();

        Assert.True((await _cache.Store.GetAsync(s_key)).IsUnreachable);

        (await LinkOfAsync("md key O1\r\n")).Say("HD O1\r\n");
        await Eventually.TrueAsync(() => _cache.Node.State == NodeState.Up);
    }

    [Fact]
    public void Journals_belong_to_names()
    {
        var journals = new RemovalJournals(NullLogger.Instance);
        Assert.Same(journals.Of("a"), journals.Of("a"));
        Assert.NotSame(journals.Of("a"), journals.Of("b"));
    }

    private static void AnswerAll(ScriptedLink link)
    {
        var lines = link.Sent.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.Skip(link.Spoken))
        {
            link.Spoken++;
            link.Say((line.StartsWith("mg", StringComparison.Ordinal) ? "EN " : "NF ") + line[line.LastIndexOf('O')..] + "\r\n");
        }
    }

    private async Task RemoveInVainAsync(params string[] keys)
    {
        _cache.Way.Cut();
        foreach (var key in keys)
        {
            await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await _cache.Store.RemoveAsync(Encoding.ASCII.GetBytes(key)));
        }

        // The attempt to deliver them at once has failed, too.
        await Eventually.TrueAsync(() => _cache.Node.State == NodeState.Down);
    }

    private async Task AnswerProbeAsync()
    {
        ScriptedLink? probe = null;
        await Eventually.TrueAsync(() => (probe = _server.Links.LastOrDefault(static link => !link.IsDisposed && string.Equals(link.Sent, "mg scopedcaching:health O1\r\n", StringComparison.Ordinal))) is not null);
        probe!.Say("EN O1\r\n");
    }

    private async Task<ScriptedLink> LinkOfAsync(string sent, ScriptedLink? but = null)
    {
        ScriptedLink? found = null;
        await Eventually.TrueAsync(() => (found = _server.Links.FirstOrDefault(link => link != but && string.Equals(link.Sent, sent, StringComparison.Ordinal))) is not null);
        return found!;
    }
}
