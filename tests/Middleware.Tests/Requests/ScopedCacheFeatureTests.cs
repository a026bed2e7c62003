using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Requests;

public sealed class ScopedCacheFeatureTests
{
    [Fact]
    public async Task The_request_tells_what_its_caches_did()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
        {
            var cache = caches.StackCache;
            await cache.GetOrCreateAsync("a", static _ => Task.FromResult(1));
            await cache.GetOrCreateAsync("a", static _ => Task.FromResult(1));
            await caches.ServiceCache.GetAsync<int>("a");
            await cache.GetManyAsync<int>(["a", "b"]);
            await cache.SetAsync("b", 1);
            await cache.AddAsync("b", 1);
            await cache.RemoveAsync("b");
            await cache.RemoveManyAsync(["b"]);
            await cache.IncrementAsync("n");
            var feature = context.Features.Get<IScopedCacheFeature>()!;
            return $"{feature.OperationCount}: " + string.Join(", ", feature.Operations.Select(static o => $"{o.Level} {o.Kind} {o.Outcome}"));
        }));
        Assert.Equal(
            "10: Stack GetOrCreate Miss, Stack GetOrCreate Hit, Service Get Miss, Stack Get Hit, Stack Get Miss, Stack Set Stored, " +
            "Stack Add NotStored, Stack Remove Removed, Stack Remove NotFound, Stack Count Stored",
            await app.GetAsync("/", "customer_key=acme"));
    }

    [Fact]
    public async Task An_entry_is_named_by_a_hash_and_timed_by_the_clock()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches, TimeProvider time) =>
        {
            await caches.StackCache.GetOrCreateAsync("account:7", _ =>
            {
                ((FakeClock)time).Advance(TimeSpan.FromMilliseconds(200));
                return Task.FromResult(1);
            });
            await caches.StackCache.GetAsync<int>("account:7");
            var operations = context.Features.Get<IScopedCacheFeature>()!.Operations;
            return $"{operations[0].Elapsed.TotalMilliseconds} {operations[1].Elapsed.TotalMilliseconds} {operations[0].KeyHash.Length} {operations[0].KeyHash.Equals(operations[1].KeyHash, StringComparison.Ordinal)}";
        }));
        Assert.Equal("200 0 16 True", await app.GetAsync("/", "customer_key=acme"));
    }

    [Fact]
    public async Task Only_the_latest_operations_are_kept_and_all_are_counted()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
        {
            for (var i = 0; i < 300; i++)
            {
                await caches.StackCache.SetAsync("a", i);
            }

            await caches.StackCache.GetAsync<int>("a");
            var feature = context.Features.Get<IScopedCacheFeature>()!;
            return $"{feature.OperationCount} {feature.Operations.Count} {feature.Operations[0].Kind} {feature.Operations[^1].Kind}";
        }));
        Assert.Equal("301 256 Set Get", await app.GetAsync("/", "customer_key=acme"));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_reached_shows_as_failed()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
        {
            await caches.StackCache.GetAsync<int>("a");
            await caches.StackCache.SetAsync("a", 1);
            await caches.StackCache.RemoveAsync("a");
            return string.Join(' ', context.Features.Get<IScopedCacheFeature>()!.Operations.Select(static operation => operation.Outcome));
        }));
        app.Store.Unreachable = true;
        Assert.Equal("Failed Failed Failed", await app.GetAsync("/", "customer_key=acme"));
    }

    [Fact]
    public async Task The_next_request_starts_with_an_empty_list()
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
            {
                await caches.ServiceCache.GetAsync<int>("a");
                return context.Features.Get<IScopedCacheFeature>()!.OperationCount;
            }),
            kestrel: true);
        Assert.Equal("1", await app.GetAsync("/"));
        Assert.Equal("1", await app.GetAsync("/"));
    }
}
