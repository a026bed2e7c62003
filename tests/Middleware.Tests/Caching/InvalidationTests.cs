using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>A change beats the factory that runs: who comes after it never gets, nor finds later, what was made before.</summary>
public sealed class InvalidationTests : IDisposable
{
    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { Tags = ["tag"], LeaseTime = TimeSpan.FromSeconds(2) };

    private readonly Fleet _fleet = new();
    private readonly Gate _gate = new();

    public static TheoryData<string, int> Changes()
    {
        var data = new TheoryData<string, int>();
        foreach (var change in new[] { "set", "remove", "remove many", "clear", "clear view", "tag", "update", "purge", "replace" })
        {
            data.Add(change, 0);
            data.Add(change, 1);
        }

        return data;
    }

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_while_the_factory_of_an_absent_key_runs_beats_it(string change, int process)
    {
        var before = CreateAsync(0, "before", _gate);
        await _gate.Reached;
        await BeatenAsync(change, process, before);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_while_a_stale_value_is_refreshed_beats_it(string change, int process)
    {
        var stale = s_policy with { Expiration = TimeSpan.FromSeconds(10), StaleFor = TimeSpan.FromMinutes(10) };
        await View(0).SetAsync("key", "stale", stale);
        _fleet.Advance(TimeSpan.FromSeconds(11));
        var before = CreateAsync(0, "before", _gate);
        await _gate.Reached;
        await BeatenAsync(change, process, before);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("tag")]
    [InlineData("remove")]
    public async Task A_change_by_another_process_is_seen_by_the_very_next_read(string change)
    {
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await View(0).SetAsync("key", "before", s_policy);
            Assert.Equal("before", await View(1).GetAsync<string>("key"));
            Assert.Equal("before", await CreateAsync(1, "unused"));
            await ChangeAsync(change, 0);
            Assert.False((await View(1).TryGetAsync<string>("key")).Found);
            Assert.Equal("after", await CreateAsync(1, "after"));
        }
    }

    [Fact]
    public async Task A_clear_of_a_view_leaves_the_level_and_other_views_alone()
    {
        await _fleet[0].Stack.SetAsync("key", "level");
        await View(0).SetAsync("key", "view");
        await _fleet[0].Caches.GetCache("other", StorageLevel.Stack).SetAsync("key", "other view");
        await View(1).ClearAsync();
        Assert.Null(await View(0).GetAsync<string>("key"));
        Assert.Equal("level", await _fleet[1].Stack.GetAsync<string>("key"));
        Assert.Equal("other view", await _fleet[1].Caches.GetCache("other", StorageLevel.Stack).GetAsync<string>("key"));
    }

    [Fact]
    public async Task A_clear_of_a_level_clears_its_views_and_nothing_of_other_levels_and_customers()
    {
        var other = _fleet[0].Factory.Create("other").StackCache;
        await View(0).SetAsync("key", 1);
        await _fleet[0].Stack.SetAsync("key", 1);
        await _fleet[0].Caches.SessionCache.SetAsync("key", 2);
        await _fleet[0].Caches.ServiceCache.SetAsync("key", 3);
        await other.SetAsync("key", 4);
        Assert.True(await _fleet[1].Stack.ClearAsync());
        Assert.False((await View(0).TryGetAsync<int>("key")).Found);
        Assert.False((await _fleet[0].Stack.TryGetAsync<int>("key")).Found);
        Assert.Equal(2, await _fleet[0].Caches.SessionCache.GetAsync<int>("key"));
        Assert.Equal(3, await _fleet[0].Caches.ServiceCache.GetAsync<int>("key"));
        Assert.Equal(4, await other.GetAsync<int>("key"));
    }

    [Fact]
    public async Task A_tag_reaches_all_views_of_its_level_and_no_other_customer()
    {
        var other = _fleet[0].Factory.Create("other").StackCache;
        await View(0).SetAsync("key", 1, s_policy);
        await _fleet[0].Stack.SetAsync("key", 1, s_policy);
        await _fleet[0].Stack.SetAsync("untagged", 2);
        await other.SetAsync("key", 3, s_policy);
        Assert.True(await _fleet[1].Stack.RemoveByTagAsync("tag"));
        Assert.False((await View(0).TryGetAsync<int>("key")).Found);
        Assert.False((await _fleet[0].Stack.TryGetAsync<int>("key")).Found);
        Assert.Equal(2, await _fleet[0].Stack.GetAsync<int>("untagged"));
        Assert.Equal(3, await other.GetAsync<int>("key"));
    }

    [Fact]
    public async Task No_tag_is_refused_and_an_undelivered_clear_is_told()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _fleet[0].Stack.RemoveByTagAsync([]).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => _fleet[0].Stack.RemoveByTagAsync("").AsTask());
        _fleet[0].Store.Faults = static _ => Fault.BeforeItArrives;
        Assert.False(await _fleet[0].Stack.ClearAsync());
        Assert.False(await _fleet[0].Stack.RemoveByTagAsync("tag"));
    }

    [Fact]
    public async Task Tags_that_the_factory_chose_remove_its_value()
    {
        ValueTask<string> CreateTaggedAsync(string value) => _fleet[0].Stack.GetOrCreateAsync("key", (context, _) =>
        {
            context.Policy = context.Policy with { Tags = ["of the factory"] };
            return Task.FromResult(value);
        });
        Assert.Equal("one", await CreateTaggedAsync("one"));
        Assert.Equal("one", await _fleet[1].Stack.GetAsync<string>("key"));
        await _fleet[1].Stack.RemoveByTagAsync("of the factory");
        Assert.Equal("two", await CreateTaggedAsync("two"));
    }

    [Fact]
    public async Task A_stampede_after_a_change_by_another_process_runs_one_factory_more()
    {
        var before = CreateAsync(0, "before", _gate);
        await _gate.Reached;
        await ChangeAsync("remove", 1);
        var (runs, after) = (0, new Gate());
        var late = Enumerable.Range(0, 20).Select(_ => View(0).GetOrCreateAsync(
            "key",
            async _ =>
            {
                Interlocked.Increment(ref runs);
                await after.PassAsync();
                return "after";
            },
            s_policy).AsTask()).ToArray();
        await after.Reached;
        _gate.Open();
        after.Open();
        Assert.All(await _fleet.PassTimeAsync(Task.WhenAll(late)), static value => Assert.Equal("after", value));
        Assert.Equal(1, runs);
        Assert.Equal("before", await before);
        Assert.Equal("after", await View(1).GetAsync<string>("key"));
    }

    [Fact]
    public async Task Who_finds_the_lease_of_the_factory_that_runs_joins_it()
    {
        // A caller that misses while the factory runs reads its lease, and so knows that nothing has changed.
        var before = CreateAsync(0, "before", _gate);
        await _gate.Reached;
        var late = Enumerable.Range(0, 5).Select(_ => CreateAsync(0, "second run")).ToArray();
        await Eventually.TrueAsync(() => _fleet[0].Store.Count("Read") == 6);
        _gate.Open();
        Assert.All(await Task.WhenAll(late), static value => Assert.Equal("before", value));
        await before;
    }

    private async Task BeatenAsync(string change, int process, Task<string> before)
    {
        await ChangeAsync(change, process);
        var changed = change is "set" or "update" || (change is "replace" && (await View(0).TryGetAsync<string>("key")).Found);

        // Here the first factory is still running, and there.
        var here = CreateAsync(0, "after");
        var there = CreateAsync(1, "after");
        if (change is "replace" && !changed)
        {
            // Nothing was there, so nothing was changed, and the factory need not be beaten.
            _gate.Open();
            await _fleet.PassTimeAsync(Task.WhenAll(before, here, there));
            return;
        }

        var expected = changed ? "changed" : "after";
        if (change is "clear" or "clear view" or "tag")
        {
            // The lease is still the first one's, until it ends.
            _gate.Open();
        }

        Assert.Equal(expected, await _fleet.PassTimeAsync(here));
        Assert.Equal(expected, await _fleet.PassTimeAsync(there));
        _gate.Open();
        Assert.Equal("before", await _fleet.PassTimeAsync(before));
        Assert.Equal(expected, await View(0).GetAsync<string>("key"));
        Assert.Equal(expected, await View(1).GetAsync<string>("key"));
    }

    private async Task ChangeAsync(string change, int process)
    {
        var (caches, view) = (_fleet[process].Caches, View(process));
        switch (change)
        {
            case "set":
                Assert.True(await view.SetAsync("key", "changed", s_policy));
                break;
            case "remove":
                await view.RemoveAsync("key");
                break;
            case "remove many":
                await view.RemoveManyAsync(["other", "key"]);
                break;
            case "clear":
                Assert.True(await caches.StackCache.ClearAsync());
                break;
            case "clear view":
                Assert.True(await view.ClearAsync());
                break;
            case "tag":
                Assert.True(await caches.StackCache.RemoveByTagAsync("tag"));
                break;
            case "update":
                Assert.True((await view.UpdateAsync<string>("key", static _ => "changed", s_policy)).Found);
                break;
            case "replace":
                await view.ReplaceAsync("key", "changed", s_policy);
                break;
            default:
                Assert.True(await caches.PurgeServerAsync());
                break;
        }
    }

    private ICache View(int process) => _fleet[process].Caches.GetCache("view", StorageLevel.Stack);

    private Task<string> CreateAsync(int process, string value, Gate? gate = null) => View(process).GetOrCreateAsync(
        "key",
        async _ =>
        {
            await (gate?.PassAsync() ?? Task.CompletedTask);
            return value;
        },
        s_policy).AsTask();
}
