using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>Several caches of one application, each by its name.</summary>
public sealed class KeyedCachesTests : IDisposable
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");

    private readonly EmbeddedMemcached _plain = new();
    private readonly EmbeddedMemcached _reports = new();
    private readonly EmbeddedMemcached _rates = new();

    public void Dispose()
    {
        _plain.Dispose();
        _reports.Dispose();
        _rates.Dispose();
    }

    [Fact]
    public async Task Two_named_caches_beside_the_plain_one_hold_what_each_was_given_on_servers_of_their_own()
    {
        using var application = ThreeCaches();
        IDistributedCache[] caches = [Of<IDistributedCache>(application), Of<IDistributedCache>(application, "reports"), Of<IDistributedCache>(application, "rates")];
        for (byte i = 0; i < caches.Length; i++)
        {
            await caches[i].SetAsync("key", [i], new DistributedCacheEntryOptions());
        }

        for (byte i = 0; i < caches.Length; i++)
        {
            Assert.Equal([i], (await caches[i].GetAsync("key"))!);
        }

        Assert.Equal((1, 1, 1), (_plain.Count, _reports.Count, _rates.Count));
    }

    [Fact]
    public async Task Every_face_of_a_named_cache_is_found_by_its_name_and_is_one_cache()
    {
        using var application = ThreeCaches();

        await Of<ISealedStore>(application, "reports").WriteAsync(s_address, 7, new EntryWrite());
        await Of<IMemcachedClient>(application, "reports").SetAsync("raw", new byte[1]);
        await Of<IFreshStore>(application, "reports").SetAsync(s_address.Scope.Entry("fresh"), "8");
        await Of<IBufferDistributedCache>(application, "reports").SetAsync("key", new System.Buffers.ReadOnlySequence<byte>([9]), new DistributedCacheEntryOptions());

        Assert.Equal(7, (await Of<ISealedStore>(application, "reports").ReadAsync<int>(s_address)).Value);
        Assert.Equal([9], (await Of<IDistributedCache>(application, "reports").GetAsync("key"))!);
        Assert.Equal((0, 0), (_plain.Count, _rates.Count));
        Assert.InRange(_reports.Count, 4, 6);
        Assert.NotSame(Of<ISealedStore>(application), Of<ISealedStore>(application, "reports"));
        Assert.Null(application.Host.Services.GetKeyedService<ISealedStore>("unknown"));
    }

    [Fact]
    public async Task Two_caches_on_one_server_do_not_meet()
    {
        using var application = new Application([], options => options.Embedded = _plain, before: services => services
            .AddKeyedMemcachedCache("reports", options => options.Embedded = _plain)
            .AddKeyedMemcachedCache("rates", options => options.Embedded = _plain));
        string?[] names = [null, "reports", "rates"];
        foreach (var name in names)
        {
            await Of<IDistributedCache>(application, name).SetStringAsync("key", name ?? "plain");
        }

        Assert.Equal(3, _plain.Count);
        Assert.Equal("reports", await Of<IDistributedCache>(application, "reports").GetStringAsync("key"));
        Assert.Equal("plain", await Of<IDistributedCache>(application).GetStringAsync("key"));
    }

    [Fact]
    public async Task A_named_cache_is_configured_by_its_own_section_and_changes_with_it()
    {
        await using var first = await RealMemcachedServer.StartAsync();
        await using var second = await RealMemcachedServer.StartAsync();
        using var application = new Application(
            new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["CACHE_HOST"] = "not-this-one",
                ["Cache:Timeout"] = "7",
                ["Caches:reports:Servers:0"] = $"127.0.0.1:{first.Port}",
                ["Caches:reports:Timeout"] = "20",
                ["Caches:reports:Prfix"] = "misspelt",
            },
            before: services => services.AddKeyedMemcachedCache("reports"));
        await application.Host.StartAsync();
        var cache = Of<IMemcachedClient>(application, "reports");
        await cache.SetAsync("marker", new byte[1]);

        application.Change(("Caches:reports:Servers:0", $"127.0.0.1:{second.Port}"));
        Assert.False((await cache.GetAsync("marker")).Found);
        application.Change(("Caches:reports:Timeout", "soon"), ("Caches:reports:Servers:0", $"127.0.0.1:{first.Port}"));

        Assert.False((await cache.GetAsync("marker")).Found);
        Assert.Contains(application.Log.Lines, line => line.Id == 1302 && line.Text.Contains("'Caches:reports:Timeout' is 'soon'", StringComparison.Ordinal));
        Assert.Contains(application.Log.Lines, line => line.Id == 1300 && line.Text.Contains("Caches:reports:Prfix", StringComparison.Ordinal));
        application.Change(("Caches:reports:Timeout", "20"));
        Assert.True((await cache.GetAsync("marker")).Found);
        Assert.Equal(TimeSpan.FromSeconds(7), application.Options.Timeout);
    }

    [Fact]
    public async Task A_named_cache_that_cannot_be_used_stops_the_application_and_names_its_section()
    {
        Assert.Contains("'Caches:reports:Servers'", await RefusalAsync(), StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:FailoverLife' is 900 s", await RefusalAsync(("Caches:reports:Servers", "a"), ("Caches:reports:FailoverLife", "900")), StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:Servers:0:Port' is 'x'", await RefusalAsync(("Caches:reports:Servers:0:Address", "a"), ("Caches:reports:Servers:0:Port", "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void Named_caches_need_no_plain_one()
    {
        var services = new ServiceCollection();
        services.AddKeyedMemcachedCache("reports", options => options.Embedded = _reports);
        services.AddKeyedMemcachedCache("reports", options => options.Timeout = TimeSpan.FromSeconds(9));
        using var provider = services.BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredKeyedService<ISealedStore>("reports"));
        Assert.Equal(TimeSpan.FromSeconds(9), provider.GetRequiredService<IOptionsMonitor<MemcachedOptions>>().Get("reports").Timeout);
        Assert.Null(provider.GetService<IDistributedCache>());
        Assert.Single(services, service => service.IsKeyedService && service.ServiceType == typeof(IDistributedCache));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a:b")]
    [InlineData(CacheBackends.DistributedCacheKey)]
    public void A_name_that_cannot_be_a_caches_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => new ServiceCollection().AddKeyedMemcachedCache(name));

    [Fact]
    public async Task A_named_cache_has_a_health_check_of_its_own()
    {
        using var servers = new EmbeddedServers();
        using var application = new Application([], options => options.Embedded = _plain, before: services =>
        {
            services.AddKeyedMemcachedCache("reports", options => options.Servers = [.. servers.Endpoints]);
            services.AddKeyedMemcachedCache("rates", options => options.Servers = [MemcachedEndpoint.Unix("/nowhere/memcached.sock")]);
            services.AddHealthChecks().AddKeyedMemcached("reports").AddKeyedMemcached("rates", "exchange", HealthStatus.Degraded);
        });
        var checks = application.Host.Services.GetRequiredService<HealthCheckService>();

        var report = await checks.CheckHealthAsync();
        Assert.Equal(
            [("exchange", HealthStatus.Degraded), ("memcached", HealthStatus.Healthy), ("memcached-reports", HealthStatus.Healthy)],
            report.Entries.Select(entry => (entry.Key, entry.Value.Status)).Order());
        Assert.EndsWith(" on 3 servers", report.Entries["memcached-reports"].Description, StringComparison.Ordinal);

        servers[1].Dispose();
        var degraded = (await checks.CheckHealthAsync()).Entries["memcached-reports"];
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Contains("1 of 3 cache servers do not answer: cache-1", degraded.Description, StringComparison.Ordinal);
    }

    private Application ThreeCaches() => new([], options => options.Embedded = _plain, before: services => services
        .AddKeyedMemcachedCache("reports", options => options.Embedded = _reports)
        .AddKeyedMemcachedCache("rates", options => options.Embedded = _rates));

    private async Task<string> RefusalAsync(params (string Key, string? Value)[] settings)
    {
        using var application = new Application(
            settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.OrdinalIgnoreCase),
            options => options.Embedded = _plain,
            before: services => services.AddKeyedMemcachedCache("reports"));
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());
        Assert.True(fault is OptionsValidationException or MemcachedConfigurationException, fault.ToString());
        return fault.Message;
    }

    private static T Of<T>(Application application, string? name = null)
        where T : notnull =>
        name is null ? application.Host.Services.GetRequiredService<T>() : application.Host.Services.GetRequiredKeyedService<T>(name);
}
