using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests;

/// <summary>The caches that users test with: the whole road, down to the embedded server.</summary>
public sealed class ScopedCacheTestingTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly TestScopedCache _caches;

    public ScopedCacheTestingTests() => _caches = ScopedCacheTesting.Create("acme", "session 1", _clock);

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task A_value_set_for_fifteen_seconds_is_gone_after_them()
    {
        Assert.True(await _caches.StackCache.SetAsync("greeting", "hello", TimeSpan.FromSeconds(15)));
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal("hello", await _caches.StackCache.GetAsync<string>("greeting"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await _caches.StackCache.TryGetAsync<string>("greeting")).Found);
    }

    [Fact]
    public async Task A_sliding_value_lives_as_long_as_it_is_read()
    {
        var policy = CachePolicy.Forever with { SlidingExpiration = TimeSpan.FromSeconds(10) };
        await _caches.SessionCache.SetAsync("a", new Thing("x", 1), policy);
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(8));
            Assert.Equal(new Thing("x", 1), await _caches.SessionCache.GetAsync<Thing>("a"));

            // The read starts the window anew without waiting for an answer; what is asked after it is answered after it.
            await _caches.SessionCache.RemoveAsync("other");
        }

        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(await _caches.SessionCache.GetAsync<Thing>("a"));
    }

    [Fact]
    public async Task Every_operation_works_at_every_level()
    {
        foreach (var cache in new[] { _caches.StackCache, _caches.SessionCache, _caches.ServiceCache, _caches.GetCache("view", StorageLevel.Session) })
        {
            Assert.True(await cache.AddAsync("own", new Thing("a", 1)));
            Assert.False(await cache.AddAsync("own", new Thing("b", 2)));
            Assert.True(await cache.ReplaceAsync("own", new Thing("c", 3)));
            Assert.Equal(new Thing("c", 3), await cache.GetAsync<Thing>("own"));
            Assert.True(await cache.TouchAsync("own", TimeSpan.FromHours(1)));
            Assert.Equal(5, await cache.GetOrCreateAsync("created", static _ => Task.FromResult(5)));
            Assert.Equal(5, await cache.GetAsync<int>("created"));
            Assert.Empty(await cache.SetManyAsync<string?>([new("1", "one"), new("2", null)]));
            Assert.Equal(2, (await cache.GetManyAsync<string>(["1", "2", "3"])).Count);
            Assert.Equal(3ul, await cache.IncrementAsync("n", 3));
            Assert.Equal(1ul, await cache.DecrementAsync("n", 2));
            Assert.Equal(RemoveOutcome.Removed, await cache.RemoveAsync("own"));
            Assert.Equal(RemoveOutcome.NotFound, await cache.RemoveAsync("own"));
            Assert.Empty(await cache.RemoveManyAsync(["1", "2", "created"]));
            Assert.Empty(await cache.GetManyAsync<string>(["1", "2"]));
        }
    }

    [Fact]
    public async Task A_value_without_encryption_is_found_only_by_who_says_so()
    {
        var plain = CachePolicy.Default with { Encrypt = false };
        await _caches.StackCache.SetAsync("a", "open", plain);
        Assert.Equal("open", await _caches.StackCache.GetAsync<string>("a", plain));
        Assert.Equal("open", await _caches.GetCache("", options: new CacheViewOptions { Encrypt = false }).GetAsync<string>("a"));
        Assert.False((await _caches.StackCache.TryGetAsync<string>("a")).Found);
    }

    [Fact]
    public async Task A_customer_that_is_not_given_is_refused()
    {
        await using var caches = ScopedCacheTesting.Create(customer: null);
        await Assert.ThrowsAsync<ScopeUnavailableException>(() => caches.StackCache.GetAsync<int>("a").AsTask());
        Assert.True(await caches.ServiceCache.SetAsync("a", 1));
    }

    [Fact]
    public async Task Other_customers_on_the_same_server_find_nothing_of_this_one()
    {
        await _caches.StackCache.SetAsync("a", "secret");
        Assert.False((await _caches.Factory.Create("other").StackCache.TryGetAsync<string>("a")).Found);
        Assert.Equal("secret", await _caches.Factory.Create("acme").StackCache.GetAsync<string>("a"));
    }

    [Fact]
    public async Task A_server_that_lost_everything_gives_misses()
    {
        await _caches.StackCache.SetAsync("a", 1);
        _caches.Server.EvictAll();
        Assert.False((await _caches.StackCache.TryGetAsync<int>("a")).Found);
    }

    private sealed record Thing(string Name, int Count);
}
