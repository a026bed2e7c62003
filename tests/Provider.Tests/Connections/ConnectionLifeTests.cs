using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Connections;

public sealed class ConnectionLifeTests(SharedMemcached memcached) : IClassFixture<SharedMemcached>
{
    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task What_is_asked_while_connecting_is_sent_when_the_link_stands()
    {
        using var client = new TestClient(_server);
        _server.Open.Reset();
        var first = client.Verbs.GetAsync("first");
        var second = client.Verbs.DeleteAsync("second");
        _server.Open.Set();
        var link = await _server.LinkAsync();
        link.Say("EN O1\r\nHD O2\r\n");

        Assert.False((await first.InTime()).Found);
        Assert.True(await second.InTime());
        Assert.Equal("mg first v f c O1\r\nmd second O2\r\n", link.Sent);
    }

    [Fact]
    public async Task All_callers_share_one_connection_and_requests_are_not_held_back_for_replies()
    {
        using var client = new TestClient(_server);
        var waits = Enumerable.Range(1, 100).Select(number => client.Verbs.GetAsync($"k{number}").AsTask()).ToArray();
        var link = await _server.LinkAsync();
        await link.SentAsync("mg k100 v f c O100\r\n");
        link.Say(Enumerable.Range(1, 100).Select(number => $"VA 3 f{number} c1 O{number}\r\nabc\r\n"));

        var items = await Task.WhenAll(waits).InTime();

        Assert.Equal(Enumerable.Range(1, 100), items.Select(item => (int)item.Flags));
        Assert.Single(_server.Links);
    }

    [Fact]
    public async Task A_lost_connection_fails_what_is_in_flight_and_the_next_request_reconnects()
    {
        using var client = new TestClient(_server);
        var answered = client.Verbs.GetAsync("answered");
        var first = client.Verbs.GetAndTouchAsync("first", Expiry.Never);
        var second = client.Verbs.SetAsync("second", "x"u8.ToArray());
        var link = await _server.LinkAsync();
        link.Say("EN O1\r\n");
        await answered.InTime();
        link.Say("VA 100 f0 c1 O2\r\nhalf a val");
        link.Close();

        await Assert.ThrowsAsync<MemcachedConnectionException>(() => first.InTime());
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => second.InTime());

        var next = client.Verbs.GetAsync("next");
        (await _server.LinkAsync(1)).Say("VA 2 f0 c1 O1\r\nhi\r\n");
        Assert.Equal("hi", Encoding.ASCII.GetString((await next.InTime()).Value!));
    }

    [Fact]
    public async Task A_connection_closed_while_idle_costs_nobody_a_failure()
    {
        using var client = new TestClient(_server);
        var first = client.Verbs.GetAsync("first");
        var link = await _server.LinkAsync();
        link.Say("EN O1\r\n");
        await first.InTime();
        link.Close();
        await Eventually.TrueAsync(() => link.IsDisposed);

        var next = client.Verbs.GetAsync("next");
        (await _server.LinkAsync(1)).Say("EN O1\r\n");

        Assert.False((await next.InTime()).Found);
    }

    [Fact]
    public async Task Disposing_fails_what_is_in_flight_and_closes_the_link()
    {
        var client = new TestClient(_server);
        var wait = client.Verbs.GetAsync("key");
        var link = await _server.LinkAsync();
        await link.SentAsync("O1");

        client.Dispose();

        await Assert.ThrowsAsync<MemcachedConnectionException>(() => wait.InTime());
        await Eventually.TrueAsync(() => link.IsDisposed);
    }

    [Fact]
    public async Task More_requests_than_the_bound_are_refused_and_not_sent()
    {
        using var client = new TestClient(_server, limits: TestClient.Limits(Eventually.Patience, operations: 3));
        var waits = Enumerable.Range(1, 3).Select(_ => client.Verbs.GetAsync("accepted").AsTask()).ToArray();

        await Assert.ThrowsAsync<MemcachedOverloadedException>(() => client.Verbs.GetAsync("refused").InTime());

        var link = await _server.LinkAsync();
        link.Say("EN O1\r\n");
        await waits[0].InTime();
        await Eventually.TrueAsync(() =>
        {
            // The place is free once the receiver has let go.
            var wait = client.Verbs.GetAsync("later").AsTask();
            return !wait.IsFaulted;
        });
        link.Say("EN O2\r\nEN O3\r\n");
        await Task.WhenAll(waits).InTime();
        await link.SentAsync("later");
        Assert.DoesNotContain("refused", link.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_bytes_than_the_bound_are_refused_and_not_sent()
    {
        using var client = new TestClient(_server, limits: TestClient.Limits(Eventually.Patience, bytes: 1_000));
        var first = client.Verbs.SetAsync("first", new byte[600]);

        await Assert.ThrowsAsync<MemcachedOverloadedException>(() => client.Verbs.SetAsync("refused", new byte[600]).InTime());

        var link = await _server.LinkAsync();
        link.Say("HD O1\r\n");
        Assert.True(await first.InTime());
        await Eventually.TrueAsync(() => !client.Verbs.SetAsync("second", new byte[600]).AsTask().IsFaulted);
        await link.SentAsync("second");
        Assert.DoesNotContain("refused", link.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_request_above_the_bound_of_bytes_is_accepted_when_nothing_waits()
    {
        using var client = new TestClient(_server, limits: TestClient.Limits(Eventually.Patience, bytes: 1_000));
        var wait = client.Verbs.SetAsync("large", new byte[5_000]);
        (await _server.LinkAsync()).Say("HD O1\r\n");

        Assert.True(await wait.InTime());
    }

    [Fact]
    public async Task Many_bytes_both_ways_right_after_connecting_do_not_block_each_other()
    {
        // A server with full buffers takes nothing until somebody receives.
        var transport = new GatedTransport(new SocketTransport("127.0.0.1", memcached.Server.Port, TimeSpan.FromSeconds(2)));
        using var client = new TestClient(transport);
        transport.Gate.Set();
        await client.Verbs.SetAsync("large", new byte[1_000_000]).InTime();
        using var anew = new TestClient(transport);
        transport.Gate.Reset();

        var reads = Enumerable.Range(0, 24).Select(_ => anew.Verbs.GetAsync("large").AsTask()).ToArray();
        var writes = Enumerable.Range(0, 24).Select(number => anew.Verbs.SetAsync($"large{number}", new byte[1_000_000]).AsTask()).ToArray();
        transport.Gate.Set();

        Assert.All(await Task.WhenAll(reads).InTime(), item => Assert.Equal(1_000_000, item.Value!.Length));
        Assert.All(await Task.WhenAll(writes).InTime(), Assert.True);
    }

    private sealed class GatedTransport(ITransport inner) : ITransport
    {
        public ManualResetEventSlim Gate { get; } = new();

        public ILink Connect(TimeSpan timeout)
        {
            Gate.Wait();
            return inner.Connect(timeout);
        }
    }
}
