using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Requests;

/// <summary>The same key twice in a request is one read.</summary>
public sealed class RequestMemoryTests : IAsyncDisposable
{
    private static readonly CachePolicy s_always = CachePolicy.Default with { OncePerRequest = false };

    private readonly Fleet _fleet = new();
    private readonly List<TestApp> _apps = [];

    private ICache Elsewhere => _fleet[1].Stack;

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }

        _fleet.Dispose();
    }

    [Fact]
    public async Task The_same_key_twice_in_a_request_is_one_read()
    {
        await Elsewhere.SetAsync("key", "value");
        await InRequestAsync(async (caches, _) =>
        {
            Assert.Equal("value", await caches.StackCache.GetAsync<string>("key"));
            var commands = await _fleet.CommandsAsync();
            Assert.Equal("value", await caches.StackCache.GetAsync<string>("key"));
            Assert.Equal("value", await caches.Cache.GetOrCreateAsync("key", static _ => Task.FromResult("unused")));
            Assert.Equal(["key"], (await caches.GetCache("", StorageLevel.Stack).GetManyAsync<string>(["key"])).Keys, StringComparer.Ordinal);
            Assert.Equal(commands, await _fleet.CommandsAsync());

            Assert.Equal("value", await caches.StackCache.GetAsync<string>("key", s_always));
            Assert.NotEqual(commands, await _fleet.CommandsAsync());
        });
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set many")]
    [InlineData("update")]
    [InlineData("remove")]
    [InlineData("remove many")]
    [InlineData("clear")]
    [InlineData("tag")]
    [InlineData("purge")]
    public async Task What_the_request_changes_it_sees_at_once(string change)
    {
        await Elsewhere.SetAsync("key", "old", CachePolicy.Default with { Tags = ["tag"] });
        await InRequestAsync(async (caches, _) =>
        {
            var cache = caches.StackCache;
            Assert.Equal("old", await cache.GetAsync<string>("key"));
            Task changing = change switch
            {
                "set" => cache.SetAsync("key", "new").AsTask(),
                "set many" => cache.SetManyAsync<string>([new("key", "new")]).AsTask(),
                "update" => cache.UpdateAsync<string>("key", static _ => "new").AsTask(),
                "remove" => cache.RemoveAsync("key").AsTask(),
                "remove many" => cache.RemoveManyAsync(["key"]).AsTask(),
                "clear" => cache.ClearAsync().AsTask(),
                "tag" => cache.RemoveByTagAsync("tag").AsTask(),
                _ => caches.PurgeServerAsync().AsTask(),
            };
            await changing;
            Assert.Equal(change is "set" or "set many" or "update" ? "new" : null, await cache.GetAsync<string>("key"));
        });
    }

    [Fact]
    public async Task A_read_that_began_before_a_change_of_the_request_leaves_nothing_old_behind()
    {
        await Elsewhere.SetAsync("key", "old");
        await InRequestAsync(static async (caches, context) =>
        {
            var gate = new Gate();
            ((HookedStore)context.RequestServices.GetRequiredService<IFreshStore>()).After = gate.At("Read");
            var reading = caches.StackCache.GetAsync<string>("key").AsTask();
            await gate.Reached;
            await caches.StackCache.SetAsync("key", "new");
            gate.Open();
            Assert.Equal("old", await reading);
            Assert.Equal("new", await caches.StackCache.GetAsync<string>("key"));
        });
    }

    [Fact]
    public async Task Another_request_reads_anew()
    {
        await Elsewhere.SetAsync("key", "old");
        await InRequestAsync(async (caches, _) => Assert.Equal("old", await caches.StackCache.GetAsync<string>("key")));
        await Elsewhere.SetAsync("key", "new");
        await InRequestAsync(async (caches, _) => Assert.Equal("new", await caches.StackCache.GetAsync<string>("key")));
    }

    [Fact]
    public async Task Who_signs_in_within_a_request_sees_nothing_of_the_customer_before()
    {
        await Elsewhere.SetAsync("key", "of acme");
        await InRequestAsync(async (caches, context) =>
        {
            Assert.Equal("of acme", await caches.StackCache.GetAsync<string>("key"));
            context.User = TestApp.Principal("customer_key=other");
            Assert.Null(await caches.StackCache.GetAsync<string>("key"));
        });
    }

    [Fact]
    public async Task Levels_and_formats_do_not_share()
    {
        await Elsewhere.SetAsync("key", "open", CachePolicy.Default with { Encrypt = false });
        await InRequestAsync(async (caches, _) =>
        {
            var open = caches.GetCache("", StorageLevel.Stack, new CacheViewOptions { Encrypt = false });
            Assert.Equal("open", await open.GetAsync<string>("key"));
            Assert.Null(await caches.StackCache.GetAsync<string>("key"));
            Assert.Null(await caches.ServiceCache.GetAsync<string>("key"));
        });
    }

    [Fact]
    public async Task Objects_that_can_change_are_never_shared()
    {
        await Elsewhere.SetAsync<List<int>>("key", [1, 2]);
        await InRequestAsync(async (caches, _) =>
        {
            for (var i = 0; i < 3; i++)
            {
                var list = await caches.StackCache.GetAsync<List<int>>("key");
                Assert.Equal([1, 2], list);
                list!.Clear();
            }
        });
    }

    [Fact]
    public async Task A_long_request_does_not_answer_a_value_after_its_end()
    {
        await Elsewhere.SetAsync("key", "old", TimeSpan.FromSeconds(10));
        await InRequestAsync(async (caches, _) =>
        {
            Assert.Equal("old", await caches.StackCache.GetAsync<string>("key"));
            _fleet.Advance(TimeSpan.FromSeconds(11));
            Assert.Null(await caches.StackCache.GetAsync<string>("key"));
            await Elsewhere.SetAsync("key", "new");
            Assert.Equal("new", await caches.StackCache.GetAsync<string>("key"));
            var commands = await _fleet.CommandsAsync();
            Assert.Equal("new", await caches.StackCache.GetAsync<string>("key"));
            Assert.Equal(commands, await _fleet.CommandsAsync());
        });
    }

    [Fact]
    public async Task A_request_that_changes_much_goes_on_remembering()
    {
        var large = new string('x', 300_000);
        await InRequestAsync(async (caches, _) =>
        {
            var cache = caches.StackCache;
            for (var i = 0; i < 8; i++)
            {
                await cache.SetAsync("key", large);
                await cache.GetAsync<string>("key");
            }

            var commands = await _fleet.CommandsAsync();
            await cache.GetAsync<string>("key");
            Assert.Equal(commands, await _fleet.CommandsAsync());
        });
    }

    [Fact]
    public async Task The_feature_tells_tiers_stale_answers_and_the_new_kinds()
    {
        var stale = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromMinutes(1) };
        var local = CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1), OncePerRequest = false };
        await Elsewhere.SetAsync("stale", "old", stale);
        _fleet.Advance(TimeSpan.FromSeconds(11));
        await InRequestAsync(async (caches, context) =>
        {
            var cache = caches.StackCache;
            await cache.GetOrCreateAsync<string>("stale", static _ => throw new InvalidDataException(), stale);
            await cache.TryGetAsync<string>("stale");
            await cache.UpdateAsync<int>("n", static old => old.Value + 1);
            await cache.GetAsync<int>("n");
            await cache.GetAsync<int>("n");
            await cache.GetAsync<int>("n", local);
            await cache.GetAsync<int>("n", local);
            await cache.RemoveByTagAsync("tag");
            await cache.ClearAsync();
            await cache.GetOrCreateAsync("n", static _ => Task.FromResult(1));
            var feature = context.Features.Get<IScopedCacheFeature>()!;
            Assert.Equal(
                [
                    "GetOrCreate Stale Shared", "Get Miss None", "Update Stored None", "Get Hit Shared", "Get Hit Request", "Get Hit Shared", "Get Hit Local",
                    "RemoveByTag Removed None", "Clear Removed None", "GetOrCreate Miss None",
                ],
                feature.Operations.Select(static o => $"{o.Kind} {o.Outcome} {o.Tier}"),
                StringComparer.Ordinal);
            Assert.All(feature.Operations, static o => Assert.Equal(o.Kind is CacheOperationKind.Clear or CacheOperationKind.RemoveByTag ? 0 : 16, o.KeyHash.Length));
        });
    }

    [Fact]
    public async Task A_factory_with_services_goes_on_after_its_request_with_the_same_customer_user_and_session()
    {
        var ahead = CachePolicy.For(TimeSpan.FromSeconds(10)) with { RefreshAhead = TimeSpan.FromSeconds(5) };
        await Elsewhere.SetAsync("key", "old", ahead);
        _fleet.Advance(TimeSpan.FromSeconds(6));
        var (gate, disposed) = (new Gate(), new TaskCompletionSource());
        await InRequestAsync(
            async (caches, context) =>
            {
                context.RequestServices.GetRequiredService<OwnService>().Disposed = disposed;
                Assert.Equal("old", await caches.StackCache.GetOrCreateAsync(
                    "key",
                    async (_, services, _) =>
                    {
                        await gate.PassAsync();
                        var own = services.GetRequiredService<IScopedCache>();
                        await own.StackCache.SetAsync("stack", "seen");
                        await own.SessionCache.SetAsync("session", "seen");
                        services.GetRequiredService<OwnService>().Use();
                        return "new";
                    },
                    ahead));
                await gate.Reached;
            },
            "customer_key=acme;sub=user;sid=session");
        await disposed.Task.InTime();
        gate.Open();
        await Eventually.TrueAsync(async () => await Elsewhere.GetAsync<string>("key") is "new");
        Assert.Equal("seen", await Elsewhere.GetAsync<string>("stack"));
        Assert.Equal("seen", await _fleet[1].Caches.SessionCache.GetAsync<string>("session"));
    }

    private async Task InRequestAsync(Func<IScopedCache, HttpContext, Task> work, string claims = "customer_key=acme")
    {
        Exception? thrown = null;
        var app = await TestApp.StartAsync(
            app => app.MapGet("/", async (IScopedCache caches, HttpContext context) =>
            {
                thrown = await Record.ExceptionAsync(() => work(caches, context));
                return "done";
            }),
            build: static builder => builder.Services.AddScoped<OwnService>(),
            fleet: _fleet);

        // What runs in the background has until the end of the test.
        _apps.Add(app);
        Assert.Equal("done", await app.GetAsync("/", claims));
        if (thrown is not null)
        {
            throw new InvalidOperationException("Within the request: " + thrown.Message, thrown);
        }
    }

    private sealed class OwnService : IDisposable
    {
        private bool _isDisposed;

        public TaskCompletionSource? Disposed { get; set; }

        public void Use() => ObjectDisposedException.ThrowIf(_isDisposed, this);

        public void Dispose()
        {
            _isDisposed = true;
            Disposed?.TrySetResult();
        }
    }
}
