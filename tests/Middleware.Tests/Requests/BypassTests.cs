using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Requests;

/// <summary>Requests that are not to be cached, and a server that is emptied.</summary>
public sealed class BypassTests : IDisposable
{
    private readonly Fleet _fleet = new();
    private int _runs;

    private ICache Elsewhere => _fleet[1].Stack;

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_miss_writes_are_dropped_factories_run_and_removals_too(bool byResolver)
    {
        var local = CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1) };
        await Elsewhere.SetManyAsync<string>([new("kept", "kept"), new("removed", "removed"), new("removed too", "removed"), new("tagged", "tagged")], CachePolicy.Default with { Tags = ["other"] });
        await Elsewhere.SetAsync("tagged", "tagged", CachePolicy.Default with { Tags = ["tag"] });
        await InRequestAsync(byResolver, async (caches, context) =>
        {
            var cache = caches.StackCache;
            for (var i = 1; i <= 2; i++)
            {
                Assert.Equal($"run {i}", await cache.GetOrCreateAsync("kept", RunAsync, local));
            }

            Assert.Equal("run 3", await cache.GetOrCreateAsync("kept", (_, services, token) => RunNestedAsync(services, token)));
            Assert.Equal("made", (await cache.GetOrCreateManyAsync<string>(["kept"], static (_, _) => Made("kept", "made")))["kept"]);
            Assert.Null(await cache.GetAsync<string>("kept"));
            Assert.Empty(await cache.GetManyAsync<string>(["kept"]));
            Assert.False(await cache.SetAsync("kept", "changed"));
            Assert.Equal(["kept"], await cache.SetManyAsync<string>([new("kept", "changed")]));
            Assert.False(await cache.AddAsync("new", "new"));
            Assert.False(await cache.ReplaceAsync("kept", "changed"));
            Assert.False(await cache.TouchAsync("kept", TimeSpan.FromSeconds(1)));
            Assert.False((await cache.UpdateAsync<string>("kept", static _ => "changed")).Found);
            Assert.Null(await cache.IncrementAsync("n"));
            Assert.Equal(RemoveOutcome.Removed, await cache.RemoveAsync("removed"));
            Assert.Empty(await cache.RemoveManyAsync(["removed too"]));
            Assert.True(await cache.RemoveByTagAsync("tag"));
            Assert.DoesNotContain(context.Features.Get<IScopedCacheFeature>()!.Operations, static o => o.Outcome is CacheOperationOutcome.Hit or CacheOperationOutcome.Stored or CacheOperationOutcome.Failed);
        });
        Assert.Equal("kept", await Elsewhere.GetAsync<string>("kept"));
        Assert.Null(await Elsewhere.GetAsync<string>("removed"));
        Assert.Null(await Elsewhere.GetAsync<string>("removed too"));
        Assert.Null(await Elsewhere.GetAsync<string>("tagged"));
        Assert.Null(await Elsewhere.GetAsync<string>("new"));
        Assert.Null(await Elsewhere.GetAsync<string>("nested"));

        async Task<string> RunNestedAsync(IServiceProvider services, CancellationToken token)
        {
            var own = services.GetRequiredService<IScopedCache>().StackCache;
            Assert.Null(await own.GetAsync<string>("kept", token));
            await own.SetAsync("nested", "nested", token);
            return await RunAsync(token);
        }
    }

    [Fact]
    public async Task A_factory_with_services_of_its_own_does_not_read_the_process_memory_either()
    {
        var local = CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1) };
        await using var app = await TestApp.StartAsync(
            app => app.MapGet("/{bypass}", async (bool bypass, IScopedCache caches, HttpContext context) =>
            {
                if (!bypass)
                {
                    return await caches.StackCache.GetOrCreateAsync("key", RunAsync, local);
                }

                context.BypassScopedCache();
                return await caches.StackCache.GetOrCreateAsync("outer", async (_, services, token) =>
                {
                    var own = services.GetRequiredService<IScopedCache>().StackCache;
                    return $"{await own.GetOrCreateAsync("key", RunAsync, local, token)}, {await own.GetOrCreateAsync("key", RunAsync, local, token)}";
                });
            }),
            fleet: _fleet);

        Assert.Equal("run 1", await app.GetAsync("/false", "customer_key=acme"));
        Assert.Equal("run 2, run 3", await app.GetAsync("/true", "customer_key=acme"));
    }

    [Fact]
    public async Task A_clear_runs_too()
    {
        await Elsewhere.SetAsync("key", "value");
        await InRequestAsync(byResolver: false, static async (caches, _) => Assert.True(await caches.StackCache.ClearAsync()));
        Assert.Null(await Elsewhere.GetAsync<string>("key"));
    }

    [Fact]
    public async Task It_counts_from_then_on_and_for_this_request_only()
    {
        await Elsewhere.SetAsync("key", "value");
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/{bypass}", static async (bool bypass, IScopedCache caches, HttpContext context) =>
            {
                var before = await caches.StackCache.GetAsync<string>("key");
                if (bypass)
                {
                    context.BypassScopedCache();
                }

                return $"{before} {await caches.StackCache.GetAsync<string>("key")}";
            }),
            fleet: _fleet);
        Assert.Equal("value ", await app.GetAsync("/true", "customer_key=acme"));
        Assert.Equal("value value", await app.GetAsync("/false", "customer_key=acme"));
    }

    [Fact]
    public async Task A_bypassed_factory_has_its_hard_timeout_too()
    {
        await InRequestAsync(byResolver: false, async (caches, _) =>
        {
            var gate = new Gate();
            var waiting = caches.StackCache.GetOrCreateAsync(
                "key",
                async token =>
                {
                    var opened = gate.PassAsync();
                    await opened.WaitAsync(token);
                    return 1;
                },
                CachePolicy.Default with { FactoryHardTimeout = TimeSpan.FromSeconds(1) }).AsTask();
            await gate.Reached;
            _fleet.Advance(TimeSpan.FromSeconds(2));
            await Assert.ThrowsAsync<TimeoutException>(() => waiting.InTime());
        });
    }

    [Fact]
    public async Task A_purge_empties_the_whole_server_and_this_process()
    {
        var local = CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1) };
        await _fleet[0].Caches.ServiceCache.SetAsync("key", 1, local);
        await _fleet[0].Caches.ServiceCache.GetAsync<int>("key", local);
        await _fleet[0].Factory.Create("other").StackCache.SetAsync("key", 1);
        await _fleet[0].Stack.IncrementAsync("n", 5);
        _fleet.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await _fleet[0].Caches.PurgeServerAsync());
        Assert.Equal(0, _fleet[0].Local.Count);
        _fleet.Advance(TimeSpan.FromSeconds(2));
        Assert.False((await _fleet[0].Caches.ServiceCache.TryGetAsync<int>("key", local)).Found);
        Assert.False((await _fleet[1].Factory.Create("other").StackCache.TryGetAsync<int>("key")).Found);
        Assert.Equal(1ul, await _fleet[0].Stack.IncrementAsync("n"));
        Assert.True(await _fleet[0].Caches.ServiceCache.SetAsync("key", 2, local));
        Assert.Equal(2, await _fleet[1].Caches.ServiceCache.GetAsync<int>("key"));
    }

    private async Task InRequestAsync(bool byResolver, Func<IScopedCache, HttpContext, Task> work)
    {
        Exception? thrown = null;
        await using var app = await TestApp.StartAsync(
            app => app.MapGet("/", async (IScopedCache caches, HttpContext context) =>
            {
                if (!byResolver)
                {
                    context.BypassScopedCache();
                }

                thrown = await Record.ExceptionAsync(() => work(caches, context));
                return "done";
            }),
            build: builder =>
            {
                if (byResolver)
                {
                    builder.Services.AddSingleton<ICustomerKeyResolver, BypassingResolver>();
                }
            },
            fleet: _fleet);
        Assert.Equal("done", await app.GetAsync("/", "customer_key=acme"));
        if (thrown is not null)
        {
            throw new InvalidOperationException("Within the request: " + thrown.Message, thrown);
        }
    }

    private Task<string> RunAsync(CancellationToken cancellationToken) => Task.FromResult($"run {Interlocked.Increment(ref _runs)}");

    private static Task<IReadOnlyDictionary<string, string>> Made(string key, string value) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value });

    private sealed class BypassingResolver : ICustomerKeyResolver
    {
        public ValueTask<string?> ResolveAsync(HttpContext context)
        {
            context.BypassScopedCache();
            return new("acme");
        }
    }
}
