using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Ring;

namespace Provider.Tests.Client;

/// <summary>The raw client on several servers: whose a key is, and what a dead server costs.</summary>
public sealed class RingClientTests : IDisposable
{
    private readonly EmbeddedServers _servers = new();

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task An_item_stands_on_the_server_that_the_ring_says_and_on_no_other()
    {
        using var client = _servers.Client();
        var ring = new KetamaRing([new("cache-0", 11211), new("cache-1", 11211), new("cache-2", 11211)]);
        var counts = new int[3];
        foreach (var number in Enumerable.Range(0, 100))
        {
            var key = $"ключ {number}";
            await client.Verbs.SetAsync(key, Value);
            var own = ring.IndexOf(Encoding.UTF8.GetBytes(key));
            counts[own]++;
            Assert.Equal(own, _servers.IndexOf(client.Verbs.ServerOf(key)));
        }

        Assert.All(counts, count => Assert.InRange(count, 10, 60));
        Assert.Equal(counts, Enumerable.Range(0, 3).Select(index => _servers[index].Count));
    }

    [Fact]
    public async Task A_key_of_text_and_the_same_key_of_bytes_are_one()
    {
        using var client = _servers.Client();
        foreach (var key in (string[])["plain", "ключ", "with space", "with~tilde~g"])
        {
            await client.Verbs.SetAsync(key, Value);

            Assert.True((await client.Verbs.GetAsync(Encoding.UTF8.GetBytes(key))).Found);
        }
    }

    [Fact]
    public async Task A_raw_key_is_hashed_whole_whatever_it_holds()
    {
        using var client = _servers.Client();

        Assert.True(Enumerable.Range(0, 100).Select(number => client.Verbs.ServerOf($"a~{number}")).Distinct(StringComparer.Ordinal).Count() == 3);
        await client.Verbs.SetAsync("a~g", Value);
        Assert.Equal(1, _servers[_servers.IndexOf(client.Verbs.ServerOf("a~g"))].Count);
    }

    [Fact]
    public async Task Of_many_keys_those_of_a_dead_server_are_missing_and_the_others_are_found()
    {
        using var client = _servers.Client();
        string[] keys = [.. Enumerable.Range(0, 300).Select(number => $"key:{number}")];
        Assert.Empty(await client.Verbs.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(key)))]));
        await _servers.StopAsync(1, client);

        var found = await client.Verbs.GetManyAsync(keys);

        var living = keys.Where(key => _servers.IndexOf(client.Verbs.ServerOf(key)) != 1).ToArray();
        Assert.Equal(living.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, item => Assert.Equal(item.Key, Encoding.UTF8.GetString(item.Value.Value!)));
        Assert.InRange(living.Length, 100, 299);
    }

    [Fact]
    public async Task Of_many_writes_those_of_a_dead_server_are_told_as_not_stored_and_the_others_take_place()
    {
        using var client = _servers.Client();
        string[] keys = [.. Enumerable.Range(0, 300).Select(number => $"key:{number}")];
        await _servers.StopAsync(1, client);

        var failed = await client.Verbs.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Value))]);

        Assert.Equal(keys.Where(key => _servers.IndexOf(client.Verbs.ServerOf(key)) == 1), failed, StringComparer.Ordinal);
        Assert.Equal(300 - failed.Count, _servers[0].Count + _servers[2].Count);
    }

    [Fact]
    public async Task Of_many_removals_those_of_the_living_servers_take_place_before_the_dead_ones_are_thrown()
    {
        using var client = _servers.Client();
        string[] keys = [.. Enumerable.Range(0, 300).Select(number => $"key:{number}")];
        await client.Verbs.SetManyAsync([.. keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)Value))]);
        await _servers.StopAsync(1, client);

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.DeleteManyAsync(keys));

        Assert.Equal((0, 0), (_servers[0].Count, _servers[2].Count));
        Assert.InRange(_servers[1].Count, 1, 299);
    }

    [Fact]
    public async Task A_key_of_ones_own_that_cannot_be_sent_stops_the_whole_and_what_was_sent_is_awaited()
    {
        using var client = _servers.Client();

        await Assert.ThrowsAsync<MemcachedClientException>(async () => await client.Verbs.GetManyAsync(["a", "", "b"]));
        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await client.Verbs.SetManyAsync([new("a", Value), new("b", new byte[2 << 20])]));

        Assert.True((await client.Verbs.GetAsync("a")).Found);
    }

    [Fact]
    public async Task When_no_server_answers_every_verb_says_so()
    {
        using var client = _servers.Client(OnDeadServer.NextServer);
        for (var index = 0; index < 3; index++)
        {
            await _servers.StopAsync(index, client);
        }

        Func<Task>[] calls =
        [
            async () => await client.Verbs.GetAsync("key"),
            async () => await client.Verbs.SetAsync("key", Value),
            async () => await client.Verbs.DeleteAsync("key"),
            async () => await client.Verbs.IncrementAsync("key"),
            async () => await client.Verbs.GetManyAsync(["a", "b", "c", "d", "e", "f"]),
            async () => await client.Verbs.DeleteManyAsync(["a", "b", "c", "d", "e", "f"]),
            async () => await client.Verbs.FlushAllAsync(),
            async () => await client.Verbs.VersionAsync(),
            async () => await client.Verbs.ServerStatisticsAsync(),
        ];

        foreach (var call in calls)
        {
            var fault = await Assert.ThrowsAnyAsync<MemcachedConnectionException>(call);
            Assert.Contains("cache-", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["a", "b"], await client.Verbs.SetManyAsync([new("a", Value), new("b", Value)]));
    }

    [Fact]
    public async Task Verbs_about_servers_reach_all_or_the_one_that_was_named()
    {
        using var client = _servers.Client();
        string[] names = ["cache-0", "cache-1", "cache-2"];
        foreach (var index in Enumerable.Range(0, 3))
        {
            await client.Verbs.SetAsync(EmbeddedServers.NameOf(index, client), Value);
        }

        Assert.Equal(names, client.Verbs.Servers);
        Assert.Equal("1", (await client.Verbs.StatsAsync(server: "cache-1"))["curr_items"]);
        Assert.Equal(3, (await client.Verbs.ServerStatisticsAsync()).Sum(server => server.Items));
        Assert.Equal("END\r\n"u8.ToArray(), await client.Verbs.RawAsync($"get {EmbeddedServers.NameOf(0, client)}", "END\r\n", "cache-1"));
        await client.Verbs.FlushAllAsync();
        foreach (var index in Enumerable.Range(0, 3))
        {
            Assert.Equal("END\r\n"u8.ToArray(), await client.Verbs.RawAsync($"get {EmbeddedServers.NameOf(index, client)}", "END\r\n", names[index]));
        }

        foreach (var call in (Func<Task>[])[
            async () => await client.Verbs.StatsAsync(), async () => await client.Verbs.RawAsync("mn"), async () => await client.Verbs.RawAsync("mn", server: "cache-9")])
        {
            Assert.Contains("Servers", (await Assert.ThrowsAsync<MemcachedClientException>(call)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_dead_server_has_a_fault_in_place_of_statistics_and_fails_a_flush_after_the_others_were_told()
    {
        using var client = _servers.Client();
        await client.Verbs.SetAsync(EmbeddedServers.NameOf(2, client), Value);
        await _servers.StopAsync(0, client);

        var all = await client.Verbs.ServerStatisticsAsync();
        Assert.Equal([true, false, false], all.Select(server => server.Fault is not null));
        Assert.Equal([MemcachedServerState.Down, MemcachedServerState.Up, MemcachedServerState.Up], all.Select(server => server.State));
        Assert.Equal((null, null, 0), (all[0].Items, all[0].Version, all[0].Raw.Count));
        Assert.Matches(@"^\d+\.\d+", await client.Verbs.VersionAsync());
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await client.Verbs.FlushAllAsync());
        Assert.False((await client.Verbs.GetAsync(EmbeddedServers.NameOf(2, client))).Found);
    }

    private static byte[] Value => [1];
}
