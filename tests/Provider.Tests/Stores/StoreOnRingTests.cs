using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

/// <summary>The store of the caches on several servers: keys that say what is their route, and what may not move.</summary>
public sealed class StoreOnRingTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly EmbeddedServers _servers;

    public StoreOnRingTests() => _servers = new EmbeddedServers(3, _clock);

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task A_lease_stands_on_its_entrys_server()
    {
        using var client = Client();
        var counts = new int[3];
        foreach (var number in Enumerable.Range(0, 50))
        {
            var address = Addresses.Scope().Entry($"account:{number}");
            await Store(client).SetAsync(address.Wire(), new StoreWrite(Bytes("entry"), 1));
            counts[_servers.IndexOf(client.Verbs.ServerOf(address.Wire()))]++;
            await Store(client).SetAsync(address.Wire(KeyDomain.Lease), new StoreWrite(Bytes("lease"), 1));
        }

        Assert.All(counts, count => Assert.True(count > 0));
        Assert.Equal(counts.Select(static count => 2 * count), Enumerable.Range(0, 3).Select(index => _servers[index].Count));
    }

    [Theory]
    [InlineData("~g")]
    [InlineData("~c")]
    [InlineData("~s")]
    public async Task Generations_and_counters_never_move(string kind)
    {
        using var client = Client();
        var key = Key(client, 0, kind);
        await _servers.StopAsync(0, client);

        Assert.True((await Store(client).GetAsync(key)).IsUnreachable);
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await Store(client).SetAsync(key, new StoreWrite(Bytes("x"), 1)));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await Store(client).AddToCounterAsync(key, 1, life: null));
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await Store(client).RemoveAsync(key));
        Assert.Equal((0, 0), (_servers[1].Count, _servers[2].Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("~l")]
    public async Task Entries_and_leases_move(string kind)
    {
        using var client = Client();
        var key = Key(client, 0, kind);
        await _servers.StopAsync(0, client);

        Assert.Equal(WriteOutcome.Stored, await Store(client).SetAsync(key, new StoreWrite(Bytes("x"), 1)));

        Assert.Equal("x", await TextAsync(client, key));
        Assert.Equal(1, _servers[1].Count + _servers[2].Count);
    }

    [Fact]
    public async Task A_lease_is_won_once_and_stored_under_at_the_next_server()
    {
        using var client = Client();
        using var other = Client();
        var key = Key(client, 0, "");
        await _servers.StopAsync(0, client);
        await _servers.StopAsync(0, other);

        var won = await Store(client).GetOrLeaseAsync(key, TimeSpan.FromMinutes(5));
        var lost = await Store(other).GetOrLeaseAsync(key, TimeSpan.FromMinutes(5));

        Assert.Equal((true, false, true), (won.WonLease, lost.WonLease, lost.Found));
        Assert.Equal(WriteOutcome.Stored, await Store(client).SetAsync(key, new StoreWrite(Bytes("x"), 1, null, WriteCondition.IfVersion, won.Version)));
        Assert.Equal(WriteOutcome.NotStored, await Store(client).SetAsync(key, new StoreWrite(Bytes("y"), 1, null, WriteCondition.IfVersion, won.Version)));
        Assert.Equal("x", await TextAsync(other, key));
        Assert.InRange((await Store(client).GetAsync(key)).Remaining!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_lease_taken_at_the_next_server_is_released_there()
    {
        using var client = Client();
        var key = Key(client, 0, "");
        await _servers.StopAsync(0, client);
        var won = await Store(client).GetOrLeaseAsync(key, TimeSpan.FromMinutes(5));

        Assert.True(await Store(client).RemoveAsync(key, won.Version));

        Assert.False((await Store(client).GetAsync(key)).Found);
    }

    [Fact]
    public async Task A_removal_takes_place_at_the_next_server_and_is_told_as_undelivered()
    {
        using var client = Client();
        var key = Key(client, 0, "");
        await _servers.StopAsync(0, client);
        await Store(client).SetAsync(key, new StoreWrite(Bytes("x"), 1));

        Assert.True((await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await Store(client).RemoveAsync(key))).IsRemembered);
        Assert.Equal([null], await Store(client).RemoveManyAsync(new ReadOnlyMemory<byte>[] { key }));

        Assert.False((await Store(client).GetAsync(key)).Found);
    }

    [Fact]
    public async Task Of_many_items_those_of_a_dead_server_are_unavailable_and_the_others_are_read()
    {
        using var client = Client(OnDeadServer.Miss);
        ReadOnlyMemory<byte>[] keys = [Key(client, 0, ""), Key(client, 1, ""), Key(client, 2, ""), Bytes("absent")];
        await Store(client).SetManyAsync(Array.ConvertAll(keys[..3], key => KeyValuePair.Create(key, new StoreWrite(key, 1))));
        keys[3] = Key(client, 2, "", "absent");
        await _servers.StopAsync(1, client);

        var items = await Store(client).GetManyAsync(keys);

        Assert.Equal([(true, false), (false, true), (true, false), (false, false)], items.Select(static item => (item.Found, item.IsUnreachable)));
        Assert.True(items[2].Value.Span.SequenceEqual(keys[2].Span));
        Assert.Equal([WriteOutcome.Stored, WriteOutcome.Unavailable], await Store(client).SetManyAsync(Array.ConvertAll(keys[..2], key => KeyValuePair.Create(key, new StoreWrite(key, 1)))));
        Assert.Equal([true, null, true, false], await Store(client).RemoveManyAsync(keys));
        await _servers.StopAsync(0, client);
        await _servers.StopAsync(2, client);
        Assert.All(await Store(client).GetManyAsync(keys), static item => Assert.True(item.IsUnreachable));
    }

    [Fact]
    public async Task The_servers_are_down_when_all_are()
    {
        using var client = Client();
        var verbs = (MemcachedClient)client.Verbs;
        for (var index = 0; index < 3; index++)
        {
            Assert.False(verbs.IsDown);
            await _servers.StopAsync(index, client);
        }

        Assert.True(verbs.IsDown);
    }

    private static ICacheStore Store(TestClient client) => new MemcachedStore((MemcachedClient)client.Verbs, CacheMetrics.Unlistened);

    private static byte[] Key(TestClient client, int server, string kind, string prefix = "key") => Bytes(EmbeddedServers.NameOf(server, client, prefix) + kind);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<string> TextAsync(TestClient client, byte[] key)
    {
        var item = await Store(client).GetAsync(key);
        return Encoding.UTF8.GetString(item.Value.Span);
    }

    private TestClient Client(OnDeadServer onDeadServer = OnDeadServer.NextServer) => _servers.Client(onDeadServer, _clock, keysAreSealed: true);
}
