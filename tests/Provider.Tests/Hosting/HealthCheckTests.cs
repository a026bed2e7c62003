using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Hosting;

/// <summary>What the health check tells of several servers, of some that do not answer, and of other backends.</summary>
public sealed class HealthCheckTests : IDisposable
{
    private readonly EmbeddedServers _servers = new();
    private readonly TestCertificates _certificates = new();

    [Fact]
    public async Task Each_server_is_told_with_version_and_round_trip()
    {
        using var application = On([.. _servers.Endpoints]);

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.EndsWith(" on 3 servers", health.Description, StringComparison.Ordinal);
        Assert.Equal("Memcached", health.Data["backend"]);
        Assert.Equal(0, health.Data["undeliveredRemovals"]);
        Assert.Equal(false, health.Data["foreignKeyRing"]);
        Assert.False(health.Data.ContainsKey("fault"));
        var servers = ServersIn(health);
        Assert.Equal(["cache-0", "cache-1", "cache-2"], servers.Select(static server => server.Server), StringComparer.Ordinal);
        Assert.All(servers, static server =>
        {
            Assert.Equal(MemcachedServerState.Up, server.State);
            Assert.StartsWith("1.6.", server.Version, StringComparison.Ordinal);
            Assert.InRange(server.RoundTripMilliseconds!.Value, 0, Eventually.Patience.TotalMilliseconds);
            Assert.Null(server.Fault);
            Assert.Null(server.Message);
        });
    }

    [Fact]
    public async Task With_one_of_three_servers_down_it_is_degraded_and_names_it()
    {
        using var application = On([.. _servers.Endpoints]);
        _servers[1].Dispose();

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.StartsWith("1 of 3 cache servers do not answer: cache-1. ", health.Description, StringComparison.Ordinal);
        var servers = ServersIn(health);
        Assert.Equal([MemcachedServerState.Up, MemcachedServerState.Down, MemcachedServerState.Up], servers.Select(static server => server.State));
        Assert.Equal((null, null), (servers[1].Version, servers[1].RoundTripMilliseconds));
        Assert.Equal(nameof(MemcachedConnectionException), servers[1].Fault);
        Assert.Contains("cache-1", servers[1].Message, StringComparison.Ordinal);
        Assert.Equal(nameof(MemcachedConnectionException), health.Data["fault"]);
    }

    [Fact]
    public async Task With_all_servers_down_it_is_what_it_was_registered_to_be()
    {
        using var application = On([.. _servers.Endpoints], services => services.AddHealthChecks().AddMemcached("lenient", HealthStatus.Degraded));
        for (var i = 0; i < 3; i++)
        {
            _servers[i].Dispose();
        }

        Assert.Equal(HealthStatus.Unhealthy, (await HealthOfAsync(application)).Status);
        var lenient = await HealthOfAsync(application, "lenient");
        Assert.Equal(HealthStatus.Degraded, lenient.Status);
        Assert.StartsWith("3 of 3 cache servers do not answer: cache-0, cache-1, cache-2. ", lenient.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_stand_for_no_server_yet_are_no_healthy_cache()
    {
        using var application = new Application([], options => (options.Servers, options.Discovery) = ([MemcachedEndpoint.Tcp("no.such.name.invalid")], ServerDiscovery.Dns));

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.StartsWith("No cache server is known", health.Description, StringComparison.Ordinal);
        Assert.Empty(ServersIn(health));
    }

    [Fact]
    public async Task Password_and_certificate_are_named_first_each_with_its_server_and_the_cure()
    {
        await using var withPassword = await RealMemcachedServer.StartAsync([.. _certificates.ServerArguments(_certificates.Server()), "-Y", _certificates.Write("users", "cache:opensesame\n")]);
        await using var ofAnotherName = await RealMemcachedServer.StartAsync(_certificates.ServerArguments(_certificates.Server(name: "another.test")));
        await using var well = await RealMemcachedServer.StartAsync([.. _certificates.ServerArguments(_certificates.Server()), "-Y", _certificates.Write("users-2", "cache:wrong-here\n")]);
        await using var killed = await RealMemcachedServer.StartAsync();
        killed.Kill();
        using var application = new Application(
            new(StringComparer.OrdinalIgnoreCase)
            {
                ["Cache:Tls:Enabled"] = "true",
                ["Cache:Tls:CertificateAuthority"] = _certificates.AuthorityPath,
                ["Cache:Username"] = "cache",
                ["Cache:Password"] = "wrong-here",
            },
            options => (options.Servers, options.Timeout, options.ConnectTimeout) =
                ([At(killed), At(withPassword), At(ofAnotherName), At(well)], TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20)));

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        var servers = ServersIn(health);
        Assert.Equal(
            [nameof(MemcachedConnectionException), nameof(MemcachedAuthenticationException), nameof(MemcachedTlsException), null],
            servers.Select(static server => server.Fault),
            StringComparer.Ordinal);
        Assert.Contains($"The server {At(withPassword)} refused the user name and the password. Set 'Cache:Username'", health.Description, StringComparison.Ordinal);
        Assert.Contains($"The certificate of the server {At(ofAnotherName)} is not trusted", health.Description, StringComparison.Ordinal);
        Assert.Contains("'Cache:Tls:CertificateAuthority'", servers[2].Message, StringComparison.Ordinal);
        Assert.Equal(nameof(MemcachedAuthenticationException), health.Data["fault"]);
        Assert.True(
            health.Description!.IndexOf("refused the user name", StringComparison.Ordinal) < health.Description.LastIndexOf(At(killed).ToString(), StringComparison.Ordinal),
            health.Description);
        Assert.DoesNotContain("wrong-here", health.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_hang_hold_it_no_longer_than_one_operation_may_take_however_many_they_are()
    {
        // They accept, and never say a word.
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        using var third = new TcpListener(IPAddress.Loopback, 0);
        TcpListener[] hanging = [first, second, third];
        Array.ForEach(hanging, static listener => listener.Start());
        var timeout = TimeSpan.FromSeconds(3);
        using var application = new Application([], options => (options.Servers, options.Timeout, options.ConnectTimeout) =
            ([_servers.Endpoints[0], .. hanging.Select(static listener => MemcachedEndpoint.Tcp("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port))], timeout, TimeSpan.FromMinutes(1)));

        var taken = Stopwatch.StartNew();
        var health = await HealthOfAsync(application);

        // (One after another they would take three times as long.)
        Assert.InRange(taken.Elapsed, TimeSpan.Zero, 2 * timeout);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Equal([null, .. Enumerable.Repeat(nameof(MemcachedTimeoutException), 3)], ServersIn(health).Select(static server => server.Fault), StringComparer.Ordinal);
        Assert.StartsWith("3 of 4 cache servers do not answer: ", health.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_has_been_hanging_for_a_while_is_still_told_as_such()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = new Application(
            [], options => (options.Servers, options.Timeout) = ([At(server), .. _servers.Endpoints], TimeSpan.FromMilliseconds(100)));
        server.Pause();

        // Until it is not asked any more, which is what callers are told then.
        await Eventually.TrueAsync(async () =>
        {
            await HealthOfAsync(application);
            return (await Assert.ThrowsAnyAsync<MemcachedException>(() => application.Client.VersionAsync(At(server).ToString()).InTime())).Message.Contains("too early", StringComparison.Ordinal);
        });

        var health = await HealthOfAsync(application);
        Assert.Equal((MemcachedServerState.Down, nameof(MemcachedTimeoutException)), (ServersIn(health)[0].State, ServersIn(health)[0].Fault));
        Assert.DoesNotContain("too early", health.Description, StringComparison.Ordinal);
        server.Resume();
        await Eventually.TrueAsync(async () => (await HealthOfAsync(application)).Status == HealthStatus.Healthy);
    }

    [Fact]
    public async Task Who_asks_may_give_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var application = new Application([], options => (options.Servers, options.Timeout, options.ConnectTimeout) =
            ([MemcachedEndpoint.Tcp("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), _servers.Endpoints[0]], 2 * Eventually.Patience, 2 * Eventually.Patience));
        using var giveUp = new CancellationTokenSource();

        var asked = application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(giveUp.Token);
        using var accepted = await listener.AcceptSocketAsync().InTime();
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(asked.InTime);
    }

    [Fact]
    public async Task Removals_that_wait_are_counted_at_their_server_until_they_are_delivered()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = On([At(server), .. _servers.Endpoints]);
        server.Kill();
        var undelivered = 0;
        for (var i = 0; i < 40; i++)
        {
            var outcome = await application.Sealed.RemoveAsync(Addresses.Scope().Entry(string.Create(CultureInfo.InvariantCulture, $"account:{i}")));
            undelivered += outcome == RemoveOutcome.Undelivered ? 1 : 0;
        }

        Assert.InRange(undelivered, 1, 39);
        var health = await HealthOfAsync(application);
        Assert.Equal(undelivered, health.Data["undeliveredRemovals"]);
        Assert.Equal([undelivered, 0, 0, 0], ServersIn(health).Select(static each => each.UndeliveredRemovals));

        await server.RestartAsync();
        await Eventually.TrueAsync(async () => (await HealthOfAsync(application)).Status == HealthStatus.Healthy);
        Assert.Equal(0, (await HealthOfAsync(application)).Data["undeliveredRemovals"]);
    }

    public void Dispose()
    {
        _servers.Dispose();
        _certificates.Dispose();
    }

    private static MemcachedEndpoint At(RealMemcachedServer server) => MemcachedEndpoint.Tcp(server.Host, server.Port);

    private static Application On(IList<MemcachedEndpoint> servers, Action<IServiceCollection>? before = null) =>
        new([], options => (options.Servers, options.Timeout, options.ConnectTimeout) = (servers, Eventually.Patience, Eventually.Patience), before: before);

    private static MemcachedServerHealth[] ServersIn(HealthReportEntry health) => Assert.IsType<MemcachedServerHealth[]>(health.Data["servers"]);

    private static async Task<HealthReportEntry> HealthOfAsync(Application application, string name = "memcached") =>
        (await application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().InTime()).Entries[name];
}
