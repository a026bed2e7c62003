using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using static Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags;

namespace Middleware.Tests.Hybrid;

/// <summary>Whose the cache is, and where it cannot be had.</summary>
public sealed class HybridScopeTests : IDisposable
{
    private readonly HybridFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_request_gets_its_customers_cache()
    {
        await using var app = await StartAsync(static app => app.MapGet("/{value}", static async (string value, HybridCache cache) =>
            await cache.GetOrCreateAsync("key", value, static (value, _) => new ValueTask<string>(value))));

        Assert.Equal("a", await app.GetAsync("/a", "customer_key=acme"));
        Assert.Equal("b", await app.GetAsync("/b", "customer_key=birch"));
        Assert.Equal("a", await app.GetAsync("/c", "customer_key=acme"));
        Assert.All(app.Store.Addresses, static address => Assert.Equal(("stack", "hybrid"), (address.Scope.Level, address.Scope.View)));
    }

    [Fact]
    public async Task A_request_without_a_customer_is_refused_and_nothing_is_stored()
    {
        await using var app = await StartAsync(static app => app.MapGet("/", static async (HybridCache cache) =>
            await TestApp.TryAsync(() => cache.GetOrCreateAsync("key", static _ => new ValueTask<string?>("made")))));

        Assert.StartsWith("ScopeUnavailableException Stack", await app.GetAsync("/"), StringComparison.Ordinal);
        Assert.Empty(app.Store.Addresses);
    }

    [Theory]
    [InlineData(StorageLevel.Stack)]
    [InlineData(StorageLevel.Session)]
    [InlineData(StorageLevel.Service)]
    public async Task The_level_is_the_one_that_was_chosen(StorageLevel level)
    {
        var process = _fleet.Start(level);
        await process.Of("acme", "ann", "1").SetAsync("key", 1);

        async Task<bool> FoundAsync(string customer, string user, string session) => 1 == await process.Of(customer, user, session)
            .GetOrCreateAsync("key", static _ => new ValueTask<int>(0), new HybridCacheEntryOptions { Flags = DisableUnderlyingData });

        Assert.True(await FoundAsync("acme", "ann", "1"));
        Assert.Equal(level != StorageLevel.Session, await FoundAsync("acme", "bob", "2"));
        Assert.Equal(level == StorageLevel.Service, await FoundAsync("birch", "ann", "1"));
    }

    [Fact]
    public void A_level_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection().AddScopedHybridCache((StorageLevel)99));

    [Fact]
    public void A_singleton_cannot_have_it_and_hears_what_to_do()
    {
        var process = _fleet.Start(add: static services => services.AddSingleton<Holder>());

        var thrown = Assert.Throws<ScopeUnavailableException>(() => process.Services.GetRequiredService<Holder>());
        Assert.Contains(nameof(IScopedHybridCacheFactory), thrown.Message, StringComparison.Ordinal);
        using var scope = process.Services.CreateScope();
        Assert.NotNull(scope.ServiceProvider.GetRequiredService<HybridCache>());
        Assert.Throws<ScopeUnavailableException>(() => scope.ServiceProvider.GetRequiredService<Holder>());
    }

    [Fact]
    public void A_container_that_validates_refuses_such_a_singleton_when_it_is_built()
    {
        var services = new ServiceCollection().AddScopedHybridCache().AddSingleton<Holder>();
        services.AddLogging();

        var thrown = Assert.Throws<AggregateException>(() => services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
        Assert.Contains(thrown.InnerExceptions, static error => error.Message.Contains(nameof(HybridCache), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scope_of_ones_own_is_no_request()
    {
        using var scope = _fleet.Start().Services.CreateScope();
        var cache = scope.ServiceProvider.GetRequiredService<HybridCache>();

        await Assert.ThrowsAsync<ScopeUnavailableException>(async () => await cache.SetAsync("key", 1));
    }

    [Fact]
    public async Task In_a_background_factory_it_is_the_same_customers()
    {
        var process = _fleet.Start();
        await process.Stack.GetOrCreateAsync(
            "outer",
            0,
            static async (_, _, services, token) =>
                await services.GetRequiredService<HybridCache>().GetOrCreateAsync("inner", static _ => new ValueTask<int>(1), cancellationToken: token),
            policy: null,
            CancellationToken.None);

        Assert.Equal(1, await process.Cache.GetOrCreateAsync("inner", static _ => new ValueTask<int>(2)));
    }

    [Fact]
    public void It_takes_the_place_of_what_was_registered_before_and_the_last_level_counts()
    {
        var services = new ServiceCollection();
        services.AddSingleton<HybridCache>(static _ => throw new InvalidOperationException());
        services.AddScopedHybridCache(StorageLevel.Session);
        services.AddScopedHybridCache(StorageLevel.Service);

        Assert.Equal(ServiceLifetime.Scoped, Assert.Single(services, static service => service.ServiceType == typeof(HybridCache)).Lifetime);
        Assert.Single(services, static service => service.ServiceType == typeof(IScopedHybridCacheFactory));
    }

    [Fact]
    public async Task The_same_key_twice_in_a_request_is_read_once_unless_memory_is_not_to_be_read()
    {
        await using var app = await StartAsync(static app => app.MapGet("/", static async (HybridCache cache) =>
        {
            await cache.SetAsync("key", 1);
            var values = new List<int>();
            foreach (var flags in (HybridCacheEntryFlags[])[None, None, DisableLocalCacheRead])
            {
                values.Add(await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(2), new HybridCacheEntryOptions { Flags = flags }));
            }

            return string.Join(' ', values);
        }));

        Assert.Equal("1 1 1", await app.GetAsync("/", "customer_key=acme"));
        Assert.Equal(2, app.Store.Calls.Count(static call => call.What is "read"));
    }

    [Theory]
    [InlineData(DisableLocalCacheRead | DisableDistributedCacheRead)]
    [InlineData(DisableLocalCacheRead)]
    public async Task What_is_read_past_the_requests_memory_is_in_it_afterwards(HybridCacheEntryFlags past)
    {
        await using var app = await StartAsync(app => app.MapGet("/", async (HybridCache cache, IScopedHybridCacheFactory others) =>
        {
            var first = await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(1));
            first += await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(-1));
            await others.Create("acme").SetAsync("key", 10);
            var second = await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(10), new HybridCacheEntryOptions { Flags = past });
            var third = await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(-1));
            return $"{first} {second} {third}";
        }));

        Assert.Equal("2 10 10", await app.GetAsync("/", "customer_key=acme"));
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> map) => TestApp.StartAsync(map, build: static builder => builder.Services.AddScopedHybridCache());

    private sealed class Holder(HybridCache cache)
    {
        public HybridCache Cache => cache;
    }
}
