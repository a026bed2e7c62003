using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/testing.md: tests, that run.</summary>
public sealed class TestingSnippets
{
    // <readme>
    [Fact]
    public async Task A_report_ends_after_twelve_hours()
    {
        var clock = new ManualClock();
        await using var caches = ScopedCacheTesting.Create(customer: "acme", timeProvider: clock);
        await new NightlyReports(caches.Factory).PublishAsync("acme", new Report("May"), CancellationToken.None);

        clock.Advance(TimeSpan.FromHours(12));

        Assert.Null(await caches.StackCache.GetAsync<Report>("report"));
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task A_profile_is_loaded_once_until_it_is_cleared()
    {
        await using var caches = ScopedCacheTesting.Create();
        var store = new ProfileStore();
        var profiles = new Profiles(caches, store);

        await profiles.GetProfileAsync(new User("ana"));
        await profiles.GetProfileAsync(new User("ana"));
        Assert.Equal(1, store.Loads);

        await profiles.GetProfileCache.ClearAsync(new User("ana"));
        await profiles.GetProfileAsync(new User("ana"));
        Assert.Equal(2, store.Loads);
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task Each_customer_has_profiles_of_its_own()
    {
        await using var caches = ScopedCacheTesting.Create();
        var store = new ProfileStore();

        foreach (var customer in (string[])["acme", "birch"])
        {
            await new Profiles(caches.Factory.Create(customer), store).GetProfileAsync(new User("ana"));
        }

        Assert.Equal(2, store.Loads);
    }

    [Fact]
    public async Task Nobody_has_profiles_without_a_customer()
    {
        await using var caches = ScopedCacheTesting.Create(customer: null);
        var profiles = new Profiles(caches, new ProfileStore());

        await Assert.ThrowsAsync<ScopeUnavailableException>(() => profiles.GetProfileAsync(new User("ana")));
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task Two_customers_never_see_each_others_accounts()
    {
        await using var bank = new WebApplicationFactory<Program>().WithWebHostBuilder(static host =>
            host.ConfigureTestServices(static services => services.UseEmbeddedMemcached()));
        using var acme = bank.CreateClient();
        using var birch = bank.CreateClient();
        await acme.PostAsJsonAsync("/sign-in", new { customer = "acme", user = "ana" });
        await birch.PostAsJsonAsync("/sign-in", new { customer = "birch", user = "ana" });

        var accounts = await acme.GetStringAsync("/api/accounts");
        Assert.NotEqual(accounts, await birch.GetStringAsync("/api/accounts"), StringComparer.Ordinal);
        Assert.Equal(accounts, await acme.GetStringAsync("/api/accounts"));
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task A_cache_that_goes_away_costs_a_load_and_no_error()
    {
        await using var caches = ScopedCacheTesting.Create();
        var store = new ProfileStore();
        var profiles = new Profiles(caches, store);
        await profiles.GetProfileAsync(new User("ana"));

        caches.Server.Dispose();

        Assert.Equal(new Profile("ana"), await profiles.GetProfileAsync(new User("ana")));
        Assert.Equal(RemoveOutcome.Undelivered, await profiles.GetProfileCache.ClearAsync(new User("ana")));
        Assert.Equal(2, store.Loads);
    }

    [Fact]
    public async Task What_memcached_evicts_is_loaded_again()
    {
        await using var caches = ScopedCacheTesting.Create();
        var store = new ProfileStore();
        var profiles = new Profiles(caches, store);
        await profiles.GetProfileAsync(new User("ana"));

        caches.Server.EvictAll();                       // CloseConnections(), in its place, is a restart that keeps the entries

        Assert.Equal(new Profile("ana"), await profiles.GetProfileAsync(new User("ana")));
        Assert.Equal(2, store.Loads);
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task Without_any_cache_it_works_as_well()
    {
        var services = new ServiceCollection();
        services.AddMemcachedScopedCache();
        services.AddMemcachedCache(static o => o.Backend = CacheBackends.Null);
        await using var provider = services.BuildServiceProvider();
        var caches = provider.GetRequiredService<IScopedCacheFactory>().Create("acme");

        Assert.Equal(new Profile("ana"), await new Profiles(caches, new ProfileStore()).GetProfileAsync(new User("ana")));
    }
    // </readme>

    // <readme>
    [Fact]
    public async Task Any_client_can_speak_to_the_embedded_server()
    {
        using var server = new EmbeddedMemcached();
        var port = server.ListenTcp().Port;                                             // any free one, on the loopback address; ListenUnix("/…") too
        await using var services = new ServiceCollection()
            .AddMemcachedCache(o => o.Servers = [MemcachedEndpoint.Tcp("127.0.0.1", port)])
            .BuildServiceProvider();

        Assert.Equal("1.6.18", await services.GetRequiredService<IMemcachedClient>().VersionAsync());
    }
    // </readme>
}

// <readme>
public sealed class ManualClock : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => s_start.AddTicks(GetTimestamp());

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
// </readme>
