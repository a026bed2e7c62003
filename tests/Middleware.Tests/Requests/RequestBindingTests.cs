using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Caching;

namespace Middleware.Tests.Requests;

/// <summary>All in the Production environment, where the container lets a singleton capture what is scoped.</summary>
public sealed class RequestBindingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_singleton_that_captured_the_caches_of_a_request_cannot_answer_another_customer(bool kestrel)
    {
        var captured = new Captured();
        await using var app = await TestApp.StartAsync(
            app =>
            {
                app.MapGet("/set", async (IScopedCache caches) =>
                {
                    captured.Caches ??= caches;
                    await captured.Caches.StackCache.SetAsync("a", "a secret of acme");
                    return "set";
                });
                app.MapGet("/get", () => TestApp.TryAsync(() => captured.Caches!.StackCache.GetAsync<string>("a")));
                app.MapGet("/service", () => TestApp.TryAsync(() => captured.Caches!.ServiceCache.GetAsync<string>("a")));
            },
            kestrel: kestrel);

        // One connection, so that Kestrel reuses its HttpContext.
        Assert.Equal("set", await app.GetAsync("/set", "customer_key=acme"));
        foreach (var path in new[] { "/get", "/service" })
        {
            foreach (var customer in new[] { "other", "acme" })
            {
                var answer = await app.GetAsync(path, $"customer_key={customer}");
                Assert.StartsWith("ScopeUnavailableException", answer, StringComparison.Ordinal);
                Assert.Contains("IScopedCacheFactory", answer, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task The_caches_of_a_request_that_is_still_running_cannot_be_used_in_another()
    {
        var captured = new TaskCompletionSource<IScopedCache>();
        var goOn = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(app =>
        {
            app.MapGet("/hold", async (IScopedCache caches) =>
            {
                await caches.StackCache.SetAsync("a", "a secret of acme");
                captured.SetResult(caches);
                await goOn.Task;
                return await caches.StackCache.GetAsync<string>("a");
            });
            app.MapGet("/use", () => TestApp.TryAsync(async () => await (await captured.Task).StackCache.GetAsync<string>("a")));
        });
        var holding = app.GetAsync("/hold", "customer_key=acme");
        Assert.StartsWith("ScopeUnavailableException", await app.GetAsync("/use", "customer_key=other"), StringComparison.Ordinal);
        Assert.StartsWith("ScopeUnavailableException", await app.GetAsync("/use", "customer_key=acme"), StringComparison.Ordinal);
        goOn.SetResult();
        Assert.Equal("a secret of acme", await holding);
    }

    [Fact]
    public async Task A_singleton_that_got_the_caches_injected_cannot_use_them_in_any_request()
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/", static (Greedy greedy) => TestApp.TryAsync(() => greedy.Caches.StackCache.GetAsync<string>("a"))),
            build: static builder => builder.Services.AddSingleton<Greedy>());
        for (var i = 0; i < 2; i++)
        {
            Assert.StartsWith("ScopeUnavailableException", await app.GetAsync("/", "customer_key=acme"), StringComparison.Ordinal);
        }

        Assert.Empty(app.Store.Calls);
    }

    [Fact]
    public async Task A_scope_of_services_of_ones_own_gets_no_caches_of_the_request()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (IServiceProvider services) =>
        {
            await using var scope = services.CreateAsyncScope();
            var caches = scope.ServiceProvider.GetRequiredService<IScopedCache>();
            return await TestApp.TryAsync(() => caches.StackCache.GetAsync<string>("a"));
        }));
        Assert.Contains("IScopedCacheFactory", await app.GetAsync("/", "customer_key=acme"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_any_request_properties_answer_and_operations_throw()
    {
        await using var app = await TestApp.StartAsync(static _ => { });
        using var scope = app.App.Services.CreateScope();
        var caches = scope.ServiceProvider.GetRequiredService<IScopedCache>();
        Assert.Equal(StorageLevel.Stack, caches.Cache.Level);
        var thrown = await Assert.ThrowsAsync<ScopeUnavailableException>(() => caches.Cache.GetAsync<int>("a").AsTask());
        Assert.Contains("IScopedCacheFactory", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ScopeUnavailableException>(() => caches.ServiceCache.GetAsync<int>("a").AsTask());
    }

    [Fact]
    public async Task Work_that_outlives_its_request_cannot_use_its_caches()
    {
        var goOn = new TaskCompletionSource();
        Task<string>? work = null;
        await using var app = await TestApp.StartAsync(app => app.MapGet("/", (IScopedCache caches) =>
        {
            work = Task.Run(async () =>
            {
                await goOn.Task;
                return await TestApp.TryAsync(() => caches.StackCache.GetAsync<string>("a"));
            });
            return "started";
        }));
        Assert.Equal("started", await app.GetAsync("/", "customer_key=acme"));
        goOn.SetResult();
        Assert.StartsWith("ScopeUnavailableException", await work!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_beside_the_request_can_use_its_caches()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (IScopedCache caches) =>
            string.Join(' ', await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => caches.StackCache.GetOrCreateAsync($"{i}", _ => Task.FromResult(i)).AsTask()))))));
        Assert.Equal("0 1 2 3 4 5 6 7", await app.GetAsync("/", "customer_key=acme"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_customers_on_one_connection_each_see_their_own(bool useScopedCache)
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/{value}", static async (string value, IScopedCache caches) => await caches.StackCache.GetOrCreateAsync("a", _ => Task.FromResult(value))),
            kestrel: true,
            useScopedCache: useScopedCache);
        Assert.Equal("one", await app.GetAsync("/one", "customer_key=acme"));
        Assert.Equal("two", await app.GetAsync("/two", "customer_key=other"));
        Assert.Equal("one", await app.GetAsync("/three", "customer_key=acme"));
    }

    [Fact]
    public async Task A_leader_whose_client_went_away_does_not_fail_the_others()
    {
        var started = new TaskCompletionSource();
        var runs = 0;
        await using var app = await TestApp.StartAsync(
            app => app.MapGet("/", (HttpContext context, IScopedCache caches) => caches.StackCache.GetOrCreateAsync("a", async _ =>
            {
                if (Interlocked.Increment(ref runs) == 1)
                {
                    started.SetResult();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }

                return "from the other";
            })),
            kestrel: true);
        using var giveUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Claims", "customer_key=acme");
        var leader = app.Client.SendAsync(request, giveUp.Token);
        await started.Task;
        var follower = app.GetAsync("/", "customer_key=acme");
        await Eventually.TrueAsync(() => app.App.Services.GetRequiredService<CacheServices>().Flights.Followers == 1);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        Assert.Equal("from the other", await follower.InTime());
    }

    private sealed class Captured
    {
        public IScopedCache? Caches { get; set; }
    }

    private sealed class Greedy(IScopedCache caches)
    {
        public IScopedCache Caches { get; } = caches;
    }
}
