using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Distributed;

namespace Provider.Tests.Hosting;

/// <summary>What stores the entries is chosen by name.</summary>
public sealed class BackendTests
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");

    [Theory]
    [InlineData("Null")]
    [InlineData("null")]
    public async Task Without_a_cache_everything_is_a_miss_and_the_application_starts(string name)
    {
        using var application = On(name);
        await application.Host.StartAsync();
        var cache = application.Host.Services.GetRequiredService<IDistributedCache>();

        Assert.Equal(WriteOutcome.Disabled, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.Equal(ReadOutcome.Miss, (await application.Sealed.ReadAsync<int>(s_address)).Outcome);
        Assert.Equal(RemoveOutcome.NotFound, await application.Sealed.RemoveAsync(s_address));
        Assert.Null(await application.Sealed.AddToCounterAsync(s_address, 1));
        await cache.SetAsync("key", [1]);
        Assert.Null(await cache.GetAsync("key"));
        Assert.False(application.Options.Enabled);
        Assert.DoesNotContain(application.Log.Lines, line => line.Id is >= 1000 and < 1400 && line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Without_a_cache_nothing_is_sealed_for_it()
    {
        using var application = On("Null");

        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());
        await application.Sealed.WriteManyAsync([KeyValuePair.Create(s_address, 1)], new EntryWrite());
        application.Change(("Cache:Enabled", "true"));
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        Assert.Empty(application.KeyRing.GetAllElements());
    }

    [Fact]
    public async Task Nothing_configured_stays_an_error_that_names_the_way_to_have_no_cache()
    {
        Assert.Contains("'Cache:Backend' = 'Null'", await Application.RefusalOfAsync(), StringComparison.Ordinal);
        Assert.Contains("Cache:Servers", await Application.RefusalOfAsync(("Cache:Backend", "Memcached")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memcached_by_name_is_never_replaced_by_the_embedded_server()
    {
        using var application = On("Memcached", environment: "Development");

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.Contains("Cache:Servers", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_server_by_name_wins_over_the_servers_in_every_environment()
    {
        using var application = On("embedded", settings: ("Cache:Servers", "nobody.invalid"));
        await application.Host.StartAsync();

        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.True((await application.Sealed.ReadAsync<int>(s_address)).Found);
        Assert.True((await application.Client.StatsAsync()).Count > 0);
        Assert.Single(application.Log.Lines, line => line.Id == 1301);

        application.Change(("Cache:Servers", "somebody.invalid"));
        Assert.True((await application.Sealed.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_with_all_that_are_known()
    {
        var refusal = await Application.RefusalOfAsync(("Cache:Backend", "Redis"), ("Cache:Servers", "a"));

        Assert.Contains("'Cache:Backend' is 'Redis'", refusal, StringComparison.Ordinal);
        Assert.Contains("Memcached, Embedded, Distributed, Null", refusal, StringComparison.Ordinal);
        Assert.Contains("there is none", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_with_the_applications_own_too()
    {
        using var application = On("theirs", before: services => services
            .AddKeyedSingleton<ICacheStore>("mine", new DictionaryStore()).AddKeyedSingleton<ICacheStore>("other", new DictionaryStore()));

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.Contains("mine, other", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_ones_own_is_chosen_by_its_key()
    {
        var own = new DictionaryStore();
        using var application = On("mine", before: services => services.AddKeyedSingleton<ICacheStore>("mine", own));
        await application.Host.StartAsync();

        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        Assert.Single(own.Items);
        Assert.Single(application.Log.Lines, line => line.Id == 1303 && line.Text.Contains("mine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_of_ones_own_may_not_take_the_name_of_a_built_in_one()
    {
        using var application = On("Null", before: services => services.AddKeyedSingleton<ICacheStore>("null", new DictionaryStore()));

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.Contains("'null'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_be_made_stops_the_start()
    {
        using var application = On("mine", before: services => services.AddKeyedSingleton<ICacheStore>("mine", (_, _) => throw new NotSupportedException("no disk")));

        await Assert.ThrowsAsync<NotSupportedException>(() => application.Host.StartAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cache_registered_without_the_key_is_never_taken(bool byMvc)
    {
        using var application = On("Distributed", before: services =>
        {
            if (byMvc)
            {
                services.AddControllersWithViews();
            }
        });

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.Contains("AddDistributedCacheBackend", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'cache-backend'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_vendors_cache_is_registered_by_its_own_extension()
    {
        using var application = On("Distributed", before: services =>
        {
            services.AddDistributedMemoryCache();
            services.AddDistributedCacheBackend(other => other.AddDistributedMemoryCache());
        });
        await application.Host.StartAsync();
        var other = application.Host.Services.GetRequiredKeyedService<IDistributedCache>(CacheBackends.DistributedCacheKey);
        var ours = Assert.Single(application.Host.Services.GetServices<IDistributedCache>());

        Assert.IsType<MemoryDistributedCache>(other);
        Assert.IsType<MemcachedDistributedCache>(ours);
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());
        Assert.NotNull(await other.GetAsync(System.Text.Encoding.ASCII.GetString(s_address.Wire())));
    }

    [Theory]
    [InlineData("instance")]
    [InlineData("factory")]
    [InlineData("type")]
    public void Every_form_of_registration_is_put_under_the_key_and_leaves_the_others_where_they_were(string form)
    {
        var services = new ServiceCollection();
        services.AddOptions();
        services.AddDistributedMemoryCache();
        var own = MemoryCaches.Create();
        services.AddDistributedCacheBackend(other => _ = form switch
        {
            "instance" => other.AddSingleton<IDistributedCache>(own),
            "factory" => other.AddSingleton<IDistributedCache>(_ => own),
            _ => other.AddSingleton<IDistributedCache, MemoryDistributedCache>(),
        });
        using var provider = services.BuildServiceProvider();

        var keyed = provider.GetRequiredKeyedService<IDistributedCache>(CacheBackends.DistributedCacheKey);
        var plain = Assert.Single(provider.GetServices<IDistributedCache>());
        Assert.NotSame(plain, keyed);
        Assert.True(string.Equals(form, "type", StringComparison.Ordinal) || ReferenceEquals(own, keyed));
    }

    [Fact]
    public void A_registration_that_adds_no_cache_is_the_callers_error_and_changes_nothing()
    {
        var services = new ServiceCollection();
        services.AddDistributedMemoryCache();

        Assert.Throws<ArgumentException>(() => services.AddDistributedCacheBackend(_ => { }));

        Assert.Single(services, service => service.ServiceType == typeof(IDistributedCache));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backend_that_is_this_cache_itself_stops_the_start(bool ofAnotherContainer)
    {
        using var server = new EmbeddedMemcached();
        using var another = new ServiceCollection().AddMemcachedCache(options => options.Embedded = server).BuildServiceProvider();
        using var application = On("Distributed", before: services => services.AddKeyedSingleton<IDistributedCache>(
            CacheBackends.DistributedCacheKey, (provider, _) => (ofAnotherContainer ? another : provider).GetRequiredService<IDistributedCache>()));

        var fault = await Assert.ThrowsAsync<MemcachedConfigurationException>(() => application.Host.StartAsync());

        Assert.Contains("is this cache itself", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Null")]
    [InlineData("Distributed")]
    [InlineData("mine")]
    public void The_raw_client_is_refused_where_there_is_no_memcached(string name)
    {
        using var application = On(name, settings: ("Cache:Servers", "a"), before: AddOthers);

        var fault = Assert.Throws<MemcachedConfigurationException>(() => application.Client);

        Assert.Contains($"'{name}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Embedded", "memcached 1.", "Embedded")]
    [InlineData("Null", "backend Null", "Null")]
    [InlineData("distributed", "backend Distributed", "Distributed")]
    [InlineData("mine", "backend mine", "mine")]
    public async Task Health_says_what_the_backend_is(string name, string description, string backend)
    {
        using var application = On(name, before: AddOthers);

        var entry = await HealthAsync(application);

        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.StartsWith(description, entry.Description, StringComparison.Ordinal);
        Assert.Equal(backend, entry.Data["backend"]);
    }

    [Fact]
    public async Task Health_follows_the_other_vendors_cache()
    {
        var other = new VendorCache { Failing = "all" };
        using var application = On("Distributed", before: services => services.AddKeyedSingleton<IDistributedCache>(CacheBackends.DistributedCacheKey, other));

        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(application)).Status);
        other.Failing = null;
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(application)).Status);
    }

    [Fact]
    public async Task Another_backend_takes_a_restart()
    {
        using var server = new EmbeddedMemcached();
        using var application = new Application([], options => options.Embedded = server);
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        application.Change(("Cache:Backend", "Null"));

        Assert.Single(application.Log.Lines, line => line.Id == 1302 && line.Text.Contains("requires a restart", StringComparison.Ordinal));
        Assert.Null(application.Options.Backend);
        Assert.True((await application.Sealed.ReadAsync<int>(s_address)).Found);
    }

    private static void AddOthers(IServiceCollection services)
    {
        services.AddDistributedCacheBackend(other => other.AddDistributedMemoryCache());
        services.AddKeyedSingleton<ICacheStore>("mine", new DictionaryStore());
    }

    private static Application On(
        string backend, string environment = "Production", Action<IServiceCollection>? before = null, (string Key, string Value)? settings = null)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Cache:Backend"] = backend };
        if (settings is { } more)
        {
            all[more.Key] = more.Value;
        }

        return new Application(all, environment: environment, before: before);
    }

    private static async Task<HealthReportEntry> HealthAsync(Application application) =>
        (await application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["memcached"];
}
