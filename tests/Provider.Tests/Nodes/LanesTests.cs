using System.Text.RegularExpressions;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Nodes;

/// <summary>Several connections to one server.</summary>
public sealed class LanesTests(SharedMemcached memcached) : IClassFixture<SharedMemcached>
{
    private const int Large = (64 << 10) + 1;

    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task Keys_are_spread_over_the_connections_and_each_has_always_the_same_one()
    {
        using var client = NewClient(connections: 4);
        for (var round = 0; round < 3; round++)
        {
            for (var key = 0; key < 100; key++)
            {
                _ = client.Verbs.GetAsync($"key{key}").AsTask();
            }
        }

        await Eventually.TrueAsync(() => _server.Links.Sum(KeysOf) == 300);
        Assert.Equal(4, _server.Links.Count);
        Assert.All(_server.Links, link => Assert.InRange(KeysOf(link), 15, 150));
        for (var key = 0; key < 100; key++)
        {
            Assert.Single(_server.Links, link => link.Sent.Contains($"mg key{key} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_large_value_that_drips_does_not_hold_up_small_ones()
    {
        using var client = NewClient();
        var write = client.Verbs.SetAsync("large", new byte[Large]).AsTask();
        var slow = await _server.LinkAsync();
        await slow.SentAsync("O1");
        slow.Say("HD O1\r\n");
        await write.InTime();
        var large = client.Verbs.GetAsync("large").AsTask();
        await slow.SentAsync("mg large");
        slow.Say($"VA {Large} f0 c1 O2\r\n", "x");

        var small = client.Verbs.GetAsync("small");
        var fast = await _server.LinkAsync(1);
        await fast.SentAsync("mg small v f c O1\r\n");
        fast.Say("VA 2 f0 c1 O1\r\nhi\r\n");

        Assert.Equal("hi"u8.ToArray(), (await small.InTime()).Value);
        Assert.False(large.IsCompleted);
        slow.Say(new string('x', Large - 1) + "\r\n");
        Assert.Equal(Large, (await large.InTime()).Value!.Length);
    }

    [Fact]
    public async Task A_key_that_was_seen_to_be_large_goes_the_other_way_from_then_on()
    {
        using var client = NewClient();
        var first = client.Verbs.GetAsync("large").AsTask();
        var fast = await _server.LinkAsync();
        await fast.SentAsync("O1");
        fast.Say($"VA {Large} f0 c1 O1\r\n{new string('x', Large)}\r\n");
        await first.InTime();

        var second = client.Verbs.GetAsync("large");
        var slow = await _server.LinkAsync(1);
        await slow.SentAsync("mg large v f c O1\r\n");
        slow.Say("EN O1\r\n");

        Assert.False((await second.InTime()).Found);
        Assert.DoesNotContain("O2", fast.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_connection_for_large_values_ends_when_nobody_needs_it()
    {
        var clock = new FakeClock();
        using var client = NewClient(clock: clock);
        var write = client.Verbs.SetAsync("large", new byte[Large]).AsTask();
        var slow = await _server.LinkAsync();
        await slow.SentAsync("O1");
        slow.Say("HD O1\r\n");
        await write.InTime();
        var read = client.Verbs.GetAsync("small").AsTask();
        var fast = await _server.LinkAsync(1);
        await fast.SentAsync("O1");
        fast.Say("EN O1\r\n");
        await read.InTime();

        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return slow.IsDisposed;
        });

        Assert.False(fast.IsDisposed);
        Assert.Equal(0, client.Log.Count(1000));
        Assert.False(client.Node.IsDown);
        _ = client.Verbs.SetAsync("large", new byte[Large]).AsTask();
        await (await _server.LinkAsync(2)).SentAsync("O1");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_bound_of_operations_is_the_servers_and_not_each_connections(int connections)
    {
        const int Most = 100;
        using var client = NewClient(connections, operations: Most);
        var (accepted, refused) = (0, 0);
        for (var key = 0; key < 10 * Most; key++)
        {
            Task wait = key % 10 == 0 ? client.Verbs.SetAsync($"large{key}", new byte[Large]).AsTask() : client.Verbs.GetAsync($"key{key}").AsTask();
            _ = wait.IsFaulted ? refused++ : accepted++;
            _ = wait.Exception?.InnerException is MemcachedOverloadedException or null ? 0 : throw wait.Exception;
        }

        Assert.InRange(accepted, Most / 2, Most);
        Assert.Equal(10 * Most, accepted + refused);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_bound_of_bytes_is_the_servers_and_not_each_connections(int connections)
    {
        const int Most = 1 << 20;
        using var client = NewClient(connections, bytes: Most);
        var (small, large) = (0, 0);
        for (var key = 0; key < 3_000; key++)
        {
            small += client.Verbs.SetAsync($"small{key}", new byte[1 << 10]).AsTask().IsFaulted ? 0 : 1 << 10;
            large += key % 100 == 0 && !client.Verbs.SetAsync($"large{key}", new byte[Large]).AsTask().IsFaulted ? Large : 0;
        }

        // The requests around the values count, too.
        Assert.InRange(small + large, Most / 2, Most);
        Assert.True(large > 0);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Room_comes_back_with_the_replies()
    {
        using var client = new TestClient(
            new SocketTransport("127.0.0.1", memcached.Server.Port, Eventually.Patience), limits: TestClient.Limits(Eventually.Patience, operations: 64) with { Connections = 4 });
        for (var round = 0; round < 200; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 32).Select(key => client.Verbs.SetAsync($"key{key}", new byte[key % 8 == 0 ? Large : 100]).AsTask())).InTime();
        }

        var items = await Task.WhenAll(Enumerable.Range(0, 32).Select(key => client.Verbs.GetAsync($"key{key}").AsTask())).InTime();
        Assert.Equal(Enumerable.Range(0, 32).Select(static key => key % 8 == 0 ? Large : 100), items.Select(static item => item.Value!.Length));
    }

    private static int KeysOf(ScriptedLink link) => Regex.Count(link.Sent, "mg key", RegexOptions.None, Eventually.Patience);

    private TestClient NewClient(int connections = 1, int operations = 16_384, int bytes = 32 << 20, TimeProvider? clock = null) =>
        new(_server, clock, TestClient.Limits(Eventually.Patience, operations, bytes) with { Connections = connections });
}
