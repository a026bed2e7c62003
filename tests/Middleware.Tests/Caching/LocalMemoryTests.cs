using System.ComponentModel;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Values kept in a process's memory.</summary>
public sealed class LocalMemoryTests : IDisposable
{
    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromMinutes(10)) with { LocalFor = TimeSpan.FromSeconds(10) };

    private readonly Fleet _fleet = new();

    private ICache Cache => _fleet[0].Stack;

    private HookedStore Store => _fleet[0].Store;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_second_read_takes_no_round_trip()
    {
        await Cache.SetAsync("key", "value", s_local);
        Assert.Equal("value", await Cache.GetAsync<string>("key", s_local));
        var commands = await _fleet.CommandsAsync();
        Assert.Equal("value", await Cache.GetAsync<string>("key", s_local));
        Assert.Equal("value", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), s_local));
        Assert.Equal(["key"], (await Cache.GetManyAsync<string>(["key"], s_local)).Keys, StringComparer.Ordinal);
        Assert.Equal(commands, await _fleet.CommandsAsync());
    }

    [Fact]
    public async Task What_a_factory_made_is_read_from_memory()
    {
        await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("value"), s_local);
        var commands = await _fleet.CommandsAsync();
        Assert.Equal("value", await Cache.GetAsync<string>("key", s_local));
        Assert.Equal(commands, await _fleet.CommandsAsync());
    }

    [Fact]
    public async Task Without_LocalFor_memory_is_neither_filled_nor_read()
    {
        await Cache.SetAsync("key", "value");
        await Cache.GetAsync<string>("key");
        Assert.Equal(0, _fleet[0].Local.Count);
        await Cache.GetAsync<string>("key", s_local);
        await _fleet[1].Stack.SetAsync("key", "new");
        Assert.Equal("new", await Cache.GetAsync<string>("key"));
    }

    [Fact]
    public async Task After_the_local_time_an_unchanged_value_is_asked_for_by_its_version_alone()
    {
        var large = new string('x', 5000);
        await Cache.SetAsync("key", large, s_local);
        await Cache.GetAsync<string>("key", s_local);
        var (reads, bytes) = (Store.Count("Read"), await BytesAsync());
        _fleet.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(large, await Cache.GetAsync<string>("key", s_local));
        Assert.Equal((1, reads), (Store.Count("Revalidate"), Store.Count("Read")));
        Assert.True(bytes < 0 || await BytesAsync() - bytes < 2000, "No value travels.");

        // And then it stays for another local time.
        _fleet.Advance(TimeSpan.FromSeconds(9));
        await Cache.GetAsync<string>("key", s_local);
        Assert.Equal((1, reads), (Store.Count("Revalidate"), Store.Count("Read")));
        async Task<long> BytesAsync()
        {
            var stats = await ((ScopedCaching.Memcached.IMemcachedClient)_fleet[0].Services.GetService(typeof(ScopedCaching.Memcached.IMemcachedClient))!).StatsAsync();
            return stats.TryGetValue("bytes_written", out var written) ? long.Parse(written) : -1;
        }
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    [InlineData("clear")]
    [InlineData("tag")]
    public async Task A_change_by_another_process_is_seen_after_the_local_time(string change)
    {
        var tagged = s_local with { Tags = ["tag"] };
        await Cache.SetAsync("key", "old", tagged);
        await Cache.GetAsync<string>("key", tagged);
        await ChangeAsync(_fleet[1].Stack, change);
        _fleet.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("old", await Cache.GetAsync<string>("key", tagged));
        _fleet.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(change is "set" ? "new" : null, await Cache.GetAsync<string>("key", tagged));
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    [InlineData("clear")]
    [InlineData("tag")]
    public async Task A_change_by_this_process_is_seen_at_once(string change)
    {
        var tagged = s_local with { Tags = ["tag"] };
        await Cache.SetAsync("key", "old", tagged);
        await Cache.GetAsync<string>("key", tagged);
        _fleet.Advance(TimeSpan.FromSeconds(1));
        await ChangeAsync(Cache, change);
        Assert.Equal(change is "set" ? "new" : null, await Cache.GetAsync<string>("key", tagged));
    }

    [Fact]
    public async Task After_a_clear_elsewhere_in_the_process_what_stays_is_revalidated_and_then_local_again()
    {
        await Cache.SetAsync("key", "value", s_local);
        await Cache.GetAsync<string>("key", s_local);
        await _fleet[0].Factory.Create("other").StackCache.ClearAsync();
        _fleet.Advance(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("value", await Cache.GetAsync<string>("key", s_local));
        }

        Assert.Equal((1, 1), (Store.Count("Revalidate"), Store.Count("Read")));
    }

    [Fact]
    public async Task A_local_value_ends_with_the_shared_one()
    {
        var policy = CachePolicy.For(TimeSpan.FromSeconds(5)) with { LocalFor = TimeSpan.FromMinutes(10) };
        await Cache.SetAsync("read", 1, policy);
        await Cache.GetOrCreateAsync("made", static _ => Task.FromResult(1), policy);
        _fleet.Advance(TimeSpan.FromSeconds(2));
        await Cache.GetAsync<int>("read", policy);
        _fleet.Advance(TimeSpan.FromMilliseconds(2900));
        Assert.Equal(2, (await Cache.GetManyAsync<int>(["read", "made"], policy)).Count);
        _fleet.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Empty(await Cache.GetManyAsync<int>(["read", "made"], policy));
        Assert.False((await Cache.TryGetAsync<int>("read", policy)).Found);
        Assert.False((await Cache.TryGetAsync<int>("made", policy)).Found);
    }

    [Fact]
    public async Task A_local_value_is_never_answered_stale_but_by_get_or_create()
    {
        var policy = CachePolicy.For(TimeSpan.FromSeconds(5)) with { LocalFor = TimeSpan.FromMinutes(10), StaleFor = TimeSpan.FromMinutes(5) };
        await Cache.SetAsync("key", "old", policy);
        await Cache.GetAsync<string>("key", policy);
        _fleet.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await Cache.TryGetAsync<string>("key", policy)).Found);
        Assert.Equal("new", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("new"), policy));
        Assert.Equal("new", await Cache.GetAsync<string>("key", policy));
    }

    [Fact]
    public async Task A_local_value_is_refreshed_ahead_of_its_end()
    {
        var policy = CachePolicy.For(TimeSpan.FromSeconds(20)) with { LocalFor = TimeSpan.FromMinutes(10), RefreshAhead = TimeSpan.FromSeconds(5) };
        await Cache.SetAsync("key", "old", policy);
        await Cache.GetAsync<string>("key", policy);
        _fleet.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal("old", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("new"), policy));
        _fleet.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("new", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("new"), policy));
    }

    [Fact]
    public async Task A_sliding_value_is_not_kept_so_that_reads_keep_it_alive()
    {
        var policy = s_local with { SlidingExpiration = TimeSpan.FromSeconds(10) };
        await Cache.SetAsync("key", 1, policy);
        await Cache.GetAsync<int>("key", policy);
        await Cache.GetAsync<int>("key", s_local);
        await Cache.GetOrCreateAsync("made", static _ => Task.FromResult(1), policy);
        Assert.Equal(0, _fleet[0].Local.Count);
    }

    [Fact]
    public async Task Who_demands_encryption_does_not_find_what_was_read_without()
    {
        var open = s_local with { Encrypt = false };
        var view = _fleet[0].Caches.GetCache("", StorageLevel.Stack, new CacheViewOptions { Encrypt = false });
        await Cache.SetAsync("key", "open", open);
        Assert.Equal("open", await Cache.GetAsync<string>("key", open));
        Assert.Equal("open", await view.GetAsync<string>("key", s_local));
        Assert.False((await Cache.TryGetAsync<string>("key", s_local with { Encrypt = true })).Found);
        Assert.False((await Cache.TryGetAsync<string>("key", s_local)).Found);
    }

    [Fact]
    public async Task Customers_sessions_and_views_do_not_share_memory()
    {
        await Cache.SetAsync("key", "of acme", s_local);
        await Cache.GetAsync<string>("key", s_local);
        Assert.Null(await _fleet[0].Factory.Create("other").StackCache.GetAsync<string>("key", s_local));
        Assert.Null(await _fleet[0].Caches.SessionCache.GetAsync<string>("key", s_local));
        Assert.Null(await _fleet[0].Caches.GetCache("view", StorageLevel.Stack).GetAsync<string>("key", s_local));
        Assert.Equal("of acme", await _fleet[0].Factory.Create("acme").StackCache.GetAsync<string>("key", s_local));
    }

    [Theory]
    [InlineData("Read", "set")]
    [InlineData("Read", "remove")]
    [InlineData("Read", "clear")]
    [InlineData("Revalidate", "set")]
    [InlineData("Revalidate", "clear")]
    public async Task A_read_that_began_before_a_change_leaves_nothing_old_behind(string read, string change)
    {
        await Cache.SetAsync("key", "old", s_local);
        if (read is "Revalidate")
        {
            await Cache.GetAsync<string>("key", s_local);
            _fleet.Advance(TimeSpan.FromSeconds(11));
        }

        var gate = new Gate();
        Store.After = gate.At(read);
        var reading = Cache.GetAsync<string>("key", s_local).AsTask();
        await gate.Reached;
        await ChangeAsync(Cache, change);
        gate.Open();
        Assert.Equal("old", await reading);
        _fleet.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(change is "set" ? "new" : null, await Cache.GetAsync<string>("key", s_local));
    }

    [Theory]
    [InlineData("Write", "set")]
    [InlineData("Remove", "remove")]
    [InlineData("Clear", "clear")]
    public async Task A_read_during_a_change_leaves_nothing_old_behind(string write, string change)
    {
        await Cache.SetAsync("key", "old", s_local);
        var gate = new Gate();
        Store.Before = gate.At(write);
        var changing = ChangeAsync(Cache, change);
        await gate.Reached;
        Assert.Equal("old", await Cache.GetAsync<string>("key", s_local));
        gate.Open();
        await changing;
        _fleet.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(change is "set" ? "new" : null, await Cache.GetAsync<string>("key", s_local));
    }

    [Fact]
    public async Task Nobody_sees_what_another_does_to_an_object_it_was_given()
    {
        await Cache.SetAsync<List<int>>("key", [1, 2], s_local);
        await MutateAsync(async () => await Cache.GetAsync<List<int>>("key", s_local), [1, 2]);
        await MutateAsync(async () => await Cache.GetOrCreateAsync("key", static _ => Task.FromResult<List<int>>([9]), s_local), [1, 2]);
        await MutateAsync(async () => (await Cache.GetManyAsync<List<int>>(["key"], s_local))["key"], [1, 2]);
        await MutateAsync(async () => await Cache.GetOrCreateAsync("made", static _ => Task.FromResult<List<int>>([3]), s_local), [3]);
        Assert.Null(await Cache.GetOrCreateAsync("null", static _ => Task.FromResult<List<int>?>(null), s_local));
        Assert.Null(await Cache.GetOrCreateAsync("null", static _ => Task.FromResult<List<int>?>([]), s_local));

        static async Task MutateAsync(Func<Task<List<int>?>> read, int[] expected)
        {
            for (var i = 0; i < 3; i++)
            {
                var list = await read();
                Assert.Equal(expected, list);
                list!.Clear();
            }
        }
    }

    [Fact]
    public async Task Those_who_wait_for_one_factory_get_objects_of_their_own()
    {
        var gate = new Gate();
        Task<List<int>> CallAsync() => Cache.GetOrCreateAsync<List<int>>("key", async _ =>
        {
            await gate.PassAsync();
            return [1];
        }).AsTask();
        var callers = Enumerable.Range(0, 4).Select(_ => CallAsync()).ToArray();
        await gate.Reached;
        await _fleet[0].JoinedAsync(followers: 3);
        gate.Open();
        var lists = await Task.WhenAll(callers).InTime();
        Assert.All(lists, static list => Assert.Equal([1], list));
        Assert.Equal(4, lists.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public async Task What_can_never_change_is_the_same_object_for_all()
    {
        await Cache.SetAsync("text", "some text", s_local);
        await Cache.SetAsync("constant", new Constant(5), s_local);
        Assert.Same(await Cache.GetAsync<string>("text", s_local), await Cache.GetAsync<string>("text", s_local));
        Assert.Same(await Cache.GetAsync<Constant>("constant", s_local), await Cache.GetAsync<Constant>("constant", s_local));
        await Cache.SetAsync("open", new Open(5), s_local);
        Assert.NotSame(await Cache.GetAsync<Open>("open", s_local), await Cache.GetAsync<Open>("open", s_local));
    }

    [Fact]
    public async Task Memory_is_bounded()
    {
        using var fleet = new Fleet(size: 1, static options => options.LocalSizeLimit = 64 << 10);
        for (var i = 0; i < 200; i++)
        {
            await fleet[0].Stack.GetOrCreateAsync($"{i}", static _ => Task.FromResult(new string('x', 1000)), s_local);
            Assert.InRange(fleet[0].Local.Bytes, 1, 64 << 10);
        }

        Assert.InRange(fleet[0].Local.Count, 10, 32);
    }

    [Fact]
    public async Task A_local_hit_allocates_nothing()
    {
        await Cache.SetAsync("text", "value", s_local);
        await Cache.SetAsync("number", 42, s_local);
        Assert.Equal(0, await AllocatedAsync("text", static _ => Task.FromResult("unused")));
        Assert.Equal(0, await AllocatedAsync("number", static _ => Task.FromResult(0)));

        async Task<long> AllocatedAsync<T>(string key, Func<CancellationToken, Task<T>> factory)
        {
            await Cache.GetOrCreateAsync(key, factory, s_local);
            var cache = Cache;
            for (var i = 0; i < 200; i++)
            {
                Assert.True(cache.GetOrCreateAsync(key, factory, s_local).IsCompletedSuccessfully);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var completed = true;
            for (var i = 0; i < 100; i++)
            {
                completed &= cache.GetOrCreateAsync(key, factory, s_local).IsCompletedSuccessfully;
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(completed);
            return allocated;
        }
    }

    private static async Task ChangeAsync(ICache cache, string change)
    {
        switch (change)
        {
            case "set":
                await cache.SetAsync("key", "new", s_local with { Tags = ["tag"] });
                break;
            case "remove":
                await cache.RemoveAsync("key");
                break;
            case "clear":
                await cache.ClearAsync();
                break;
            default:
                await cache.RemoveByTagAsync("tag");
                break;
        }
    }

    [ImmutableObject(true)]
    private sealed record Constant(int Value);

    private sealed record Open(int Value);
}
