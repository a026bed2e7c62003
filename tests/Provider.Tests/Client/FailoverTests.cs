using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Client;

/// <summary>A server is down, and the next one on the ring takes its keys, or does not.</summary>
public sealed class FailoverTests : IDisposable
{
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(10);

    private readonly FakeClock _clock = new();
    private readonly EmbeddedServers _servers;

    public FailoverTests() => _servers = new EmbeddedServers(3, _clock);

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task Unless_told_otherwise_a_dead_servers_keys_fail()
    {
        using var client = _servers.Client(OnDeadServer.Miss, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await _servers.StopAsync(0, client);

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.SetAsync(key, Bytes("x")));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.GetAsync(key));
        Assert.Equal((0, 0), (_servers[1].Count, _servers[2].Count));
    }

    [Fact]
    public async Task The_next_server_takes_the_keys_of_a_dead_one_for_a_short_life()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var (key, brief, hour) = (EmbeddedServers.NameOf(0, client), EmbeddedServers.NameOf(0, client, "brief"), EmbeddedServers.NameOf(0, client, "hour"));
        await client.Verbs.SetAsync(key, Bytes("old"));
        await _servers.StopAsync(0, client);

        Assert.False((await client.Verbs.GetAsync(key)).Found);
        Assert.True(await client.Verbs.SetAsync(key, Bytes("new"), TimeSpan.FromDays(100)));
        Assert.True(await client.Verbs.SetAsync(brief, Bytes("brief"), TimeSpan.FromSeconds(2)));
        Assert.True(await client.Verbs.SetAsync(hour, Bytes("hour"), TimeSpan.FromHours(1)));
        Assert.Equal("new", await TextAsync(client, key));
        Assert.Equal("brief", await TextAsync(client, brief));
        Assert.Equal("new", Encoding.UTF8.GetString((await client.Verbs.GetManyAsync([key]))[key].Value!));

        await LaterAsync(TimeSpan.FromSeconds(3), client);
        Assert.Equal(("new", null, "hour"), (await TextAsync(client, key), await TextAsync(client, brief), await TextAsync(client, hour)));
        await LaterAsync(s_life, client);
        Assert.Equal((null, null), (await TextAsync(client, key), await TextAsync(client, hour)));
    }

    [Fact]
    public async Task A_touch_gives_no_longer_life_at_the_next_server()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await _servers.StopAsync(0, client);
        await client.Verbs.SetAsync(key, Bytes("x"));

        Assert.True(await client.Verbs.TouchAsync(key, TimeSpan.FromHours(1)));
        Assert.True((await client.Verbs.GetAndTouchAsync(key, Expiry.Never)).Found);

        await LaterAsync(s_life + TimeSpan.FromSeconds(1), client);
        Assert.Null(await TextAsync(client, key));
    }

    [Fact]
    public async Task A_server_that_is_back_has_its_keys_again()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await client.Verbs.SetAsync(key, Bytes("own"));
        await _servers.StopAsync(0, client);
        await client.Verbs.SetAsync(key, Bytes("elsewhere"));

        _servers.Restart(0);
        await BackAsync(client, 0);

        Assert.Equal("own", await TextAsync(client, key));
    }

    [Fact]
    public async Task With_two_dead_servers_the_third_takes_their_keys()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        string[] keys = [EmbeddedServers.NameOf(0, client), EmbeddedServers.NameOf(1, client), EmbeddedServers.NameOf(2, client)];
        await _servers.StopAsync(0, client);
        await _servers.StopAsync(1, client);

        Assert.Empty(await client.Verbs.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Bytes(key)))]));

        Assert.Equal(3, _servers[2].Count);
        Assert.Equal(3, (await client.Verbs.GetManyAsync(keys)).Count);
    }

    [Fact]
    public async Task A_removal_takes_place_at_the_next_server_and_fails_all_the_same()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await _servers.StopAsync(0, client);
        await client.Verbs.SetAsync(key, Bytes("x"));

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.DeleteAsync(key));

        Assert.Null(await TextAsync(client, key));
    }

    [Fact]
    public async Task Numbers_never_move()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await client.Verbs.SetAsync(key, Bytes("5"));
        await _servers.StopAsync(0, client);
        await client.Verbs.SetAsync(key, Bytes("100"));

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.IncrementAsync(key));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.DecrementAsync(key));
        Assert.Equal("100", await TextAsync(client, key));
    }

    [Fact]
    public async Task A_version_counts_only_on_the_server_that_told_it()
    {
        using var client = _servers.Client(OnDeadServer.NextServer, _clock);
        var key = EmbeddedServers.NameOf(0, client);
        await client.Verbs.SetAsync(key, Bytes("own"));
        var own = (await client.Verbs.GetAsync(key)).Cas;
        await _servers.StopAsync(0, client);

        // Both servers are new, and both count from the same number.
        await client.Verbs.SetAsync(key, Bytes("elsewhere"));
        var elsewhere = (await client.Verbs.GetAsync(key)).Cas;
        Assert.NotEqual(own, elsewhere);
        Assert.Equal(own, elsewhere & uint.MaxValue);

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.CompareAndSwapAsync(key, Bytes("lost"), own));
        Assert.Equal(CasOutcome.Stored, await client.Verbs.CompareAndSwapAsync(key, Bytes("changed"), elsewhere));
        Assert.Equal(CasOutcome.Exists, await client.Verbs.CompareAndSwapAsync(key, Bytes("late"), elsewhere));
        Assert.Equal("changed", await TextAsync(client, key));

        _servers.Restart(0);
        await BackAsync(client, 0);
        Assert.Equal(CasOutcome.Exists, await client.Verbs.CompareAndSwapAsync(key, Bytes("late"), elsewhere));
        Assert.Equal(CasOutcome.Stored, await client.Verbs.CompareAndSwapAsync(key, Bytes("own, changed"), own));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<string?> TextAsync(TestClient client, string key) => (await client.Verbs.GetAsync(key)).Value is { } value ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Some time passes, after which the dead server was tried again and is still dead.</summary>
    private async Task LaterAsync(TimeSpan time, TestClient client)
    {
        _clock.Advance(time);
        await _servers.StopAsync(0, client);
    }

    private async Task BackAsync(TestClient client, int index)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(async () =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return (await client.Verbs.ServerStatisticsAsync())[index].Fault is null && !client.Servers.Nodes[index].IsDown;
        });
    }
}
