using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Nodes;

/// <summary>Which servers are in use, as options and names change.</summary>
public sealed class ServerPoolTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly EmbeddedServers _servers = new(4);
    private readonly Dictionary<string, string[]> _addresses = new(StringComparer.Ordinal);
    private readonly List<string> _asked = [];
    private readonly RecordedLog _log = new();
    private ServerPool? _pool;

    public void Dispose()
    {
        _pool?.Dispose();
        _servers.Dispose();
    }

    [Fact]
    public void Servers_that_stay_keep_their_nodes()
    {
        var options = new ChangingOptions(Of(0, 1));
        var before = Pool(options).Current;

        options.Change(Of(2, 1));

        var after = _pool!.Current;
        Assert.Equal(["cache-2", "cache-1"], after.Nodes.Select(node => node.Name), StringComparer.Ordinal);
        Assert.Same(before.Nodes[1], after.Nodes[1]);
        Assert.DoesNotContain(before.Nodes[0], after.Nodes);
    }

    [Fact]
    public void Another_weight_moves_keys_and_keeps_the_node()
    {
        var options = new ChangingOptions(Of(0, 1));
        var before = Pool(options).Current;

        options.Change(new MemcachedOptions { Servers = [_servers.Endpoints[0] with { Weight = 9 }, _servers.Endpoints[1]] });

        Assert.Equal(before.Nodes, _pool!.Current.Nodes);
        Assert.InRange(OfFirst(before), 300, 700);
        Assert.InRange(OfFirst(_pool.Current), 800, 980);

        int OfFirst(ServerSnapshot servers) => Enumerable.Range(0, 1000).Count(number => ReferenceEquals(servers.NodeOf(BitConverter.GetBytes(number)), before.Nodes[0]));
    }

    [Fact]
    public void Nothing_is_published_for_a_change_that_is_none_of_the_servers()
    {
        var options = new ChangingOptions(Of(0, 1));
        var before = Pool(options).Current;

        options.Change(new MemcachedOptions { Servers = Of(0, 1).Servers, Enabled = false });

        Assert.Same(before, _pool!.Current);
    }

    [Fact]
    public void Another_timeout_makes_all_nodes_anew()
    {
        var options = new ChangingOptions(Of(0, 1));
        var before = Pool(options).Current;

        options.Change(new MemcachedOptions { Servers = Of(0, 1).Servers, Timeout = TimeSpan.FromSeconds(3) });

        Assert.Empty(before.Nodes.Intersect(_pool!.Current.Nodes));
    }

    [Fact]
    public async Task Who_looked_just_before_a_change_still_gets_an_answer()
    {
        var options = new ChangingOptions(Of(0, 1));
        var before = Pool(options).Current;

        options.Change(Of(2));

        Assert.False(await before.Nodes[0].ExecuteAsync<bool>(new MetaRequest { Verb = Verb.Get, Key = "key"u8 }, wantsArray: false, CancellationToken.None).InTime());
    }

    [Fact]
    public void With_one_server_every_key_is_its()
    {
        var servers = Pool(new ChangingOptions(Of(2))).Current;

        Assert.Same(servers.Only, servers.NodeOf("key"u8));
        Assert.Null(servers.SubstituteFor("key"u8));
    }

    [Fact]
    public void By_default_a_name_is_one_server_and_is_not_asked_for()
    {
        var servers = Pool(new ChangingOptions(new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")] })).Current;

        Assert.Equal("headless:11211", servers.Only!.Name);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_asked);
    }

    [Fact]
    public void A_headless_name_is_as_many_servers_as_it_has_addresses()
    {
        _addresses["headless"] = ["10.0.0.2", "10.0.0.1", "fd00::1", "10.0.0.2"];

        var servers = Pool(new ChangingOptions(Headless())).Current;

        Assert.Equal(["10.0.0.1:11212", "10.0.0.2:11212", "[fd00::1]:11212", "unix:/run/m.sock", "10.9.9.9:11211"], servers.Nodes.Select(node => node.Name), StringComparer.Ordinal);
        Assert.Equal(["headless", "headless", "headless", null, null], servers.Endpoints.Select(server => server.DiscoveredBy), StringComparer.Ordinal);
        Assert.Equal([3, 3, 3, 1, 1], servers.Endpoints.Select(server => server.Weight));
        Assert.Equal(["headless"], _asked);
    }

    [Fact]
    public void A_headless_name_is_asked_for_again_and_again_and_servers_that_stay_keep_their_nodes()
    {
        _addresses["headless"] = ["10.0.0.1", "10.0.0.2"];
        var before = Pool(new ChangingOptions(Headless())).Current;
        _addresses["headless"] = ["10.0.0.2", "10.0.0.3"];

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Same(before, _pool!.Current);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["10.0.0.2:11212", "10.0.0.3:11212"], _pool.Current.Nodes[..2].Select(node => node.Name), StringComparer.Ordinal);
        Assert.Same(before.Nodes[1], _pool.Current.Nodes[0]);
        _addresses["headless"] = ["10.0.0.3"];
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("10.0.0.3:11212", _pool.Current.Nodes[0].Name);
    }

    [Fact]
    public void A_name_that_no_longer_resolves_keeps_its_servers_and_is_told_once()
    {
        _addresses["headless"] = ["10.0.0.1", "10.0.0.2"];
        var before = Pool(new ChangingOptions(Headless())).Current;
        _addresses.Remove("headless");
        _clock.Advance(TimeSpan.FromMinutes(2));
        _addresses["headless"] = [];
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Same(before, _pool!.Current);
        Assert.Single(_log.Lines, line => line.Id == 1060);
        Assert.Equal(9, _asked.Count);
        _addresses["headless"] = ["10.0.0.3"];
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("10.0.0.3:11212", _pool.Current.Nodes[0].Name);
    }

    [Fact]
    public void A_name_that_never_resolved_is_asked_for_every_second_and_meanwhile_nothing_can_be_asked()
    {
        var options = new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")], Discovery = ServerDiscovery.Dns };
        var pool = Pool(new ChangingOptions(options));

        var fault = Assert.Throws<MemcachedConnectionException>(() => pool.Current.NodeOf("key"u8));
        Assert.Contains("could be resolved", fault.Message, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _asked.Count);
        _addresses["headless"] = ["10.0.0.1"];
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("10.0.0.1:11211", pool.Current.NodeOf("key"u8).Name);
    }

    [Fact]
    public void Discovery_can_be_switched_on_and_off_and_its_interval_changed()
    {
        _addresses["headless"] = ["10.0.0.1", "10.0.0.2"];
        var options = new ChangingOptions(new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")] });
        Pool(options);

        options.Change(new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")], Discovery = ServerDiscovery.Dns, DiscoveryInterval = TimeSpan.FromSeconds(5) });
        Assert.Equal(2, _pool!.Current.Nodes.Length);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(3, _asked.Count);

        options.Change(new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")] });
        Assert.Equal("headless:11211", _pool.Current.Only!.Name);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public void A_pool_that_has_ended_asks_for_nothing()
    {
        _addresses["headless"] = ["10.0.0.1"];
        Pool(new ChangingOptions(Headless())).Dispose();

        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["headless"], _asked);
    }

    [Fact]
    public void Why_a_name_does_not_resolve_is_told_with_one_full_stop()
    {
        // As Windows tells it.
        new ServiceNames(static _ => throw new SocketException((int)SocketError.HostNotFound, "No such host is known."), _log).Resolve([MemcachedEndpoint.Tcp("headless")]);

        Assert.Contains("could not be found: No such host is known. The previous", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    private static MemcachedOptions Headless() => new()
    {
        Servers = [MemcachedEndpoint.Tcp("headless", 11212) with { Weight = 3 }, MemcachedEndpoint.Unix("/run/m.sock"), MemcachedEndpoint.Tcp("10.9.9.9")],
        Discovery = ServerDiscovery.Dns,
    };

    private MemcachedOptions Of(params int[] servers) => new() { Servers = [.. servers.Select(index => _servers.Endpoints[index])] };

    private ServerPool Pool(ChangingOptions options) => _pool = new ServerPool(
        options,
        static current => [.. current.Servers],
        (server, _) => new Node(server.ToString(), _servers.TransportOf(server), TestClient.Patient, new OperationPool(), TimeProvider.System, _log.CreateLogger("")),
        new ServiceNames(Resolve, _log.CreateLogger("")),
        _clock);

    private IPAddress[] Resolve(string name)
    {
        _asked.Add(name);
        return _addresses.TryGetValue(name, out var addresses) ? [.. addresses.Select(IPAddress.Parse)] : throw new SocketException((int)SocketError.HostNotFound);
    }
}
