using Microsoft.Extensions.Caching.Hybrid;
using Middleware.Tests.Doubles;
using ScopedCaching;
using static Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags;

namespace Middleware.Tests.Hybrid;

/// <summary>Removal by tag, and of everything.</summary>
public sealed class HybridTagTests : IDisposable
{
    private static readonly HybridCacheEntryOptions s_read = new() { Flags = DisableUnderlyingData };
    private static readonly HybridCacheEntryOptions s_local = new() { LocalCacheExpiration = TimeSpan.FromMinutes(1) };
    private readonly HybridFleet _fleet = new();
    private readonly HybridProcess _process;

    public HybridTagTests() => _process = _fleet.Start();

    private HybridCache Cache => _process.Cache;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task Removing_a_tag_removes_what_bears_it_in_every_process_and_nothing_else()
    {
        await Cache.SetAsync("a", 1, tags: ["red", "blue"]);
        await Cache.GetOrCreateAsync("b", static _ => new ValueTask<int>(2), tags: new List<string> { "blue" });
        await Cache.SetAsync("c", 3, tags: ["green"]);
        await Cache.SetAsync("d", 4);

        await _fleet.Start().Cache.RemoveByTagAsync("blue");

        Assert.Equal("0 0 3 4", await ReadAsync(Cache, "a", "b", "c", "d"));
    }

    [Fact]
    public async Task Many_tags_are_removed_at_once_however_many()
    {
        await Cache.SetAsync("a", 1, tags: ["1"]);
        await Cache.SetAsync("b", 2, tags: ["199"]);
        await Cache.SetAsync("c", 3, tags: ["x"]);

        await Cache.RemoveByTagAsync(Enumerable.Range(0, 200).Select(static i => $"{i}"));

        Assert.Equal("0 0 3", await ReadAsync(Cache, "a", "b", "c"));
    }

    [Fact]
    public async Task The_tag_star_is_everything_of_this_customers_cache_and_nothing_beside_it()
    {
        await Cache.SetAsync("a", 1, tags: ["red"]);
        await Cache.SetAsync("b", 2);
        await _process.Of("birch").SetAsync("a", 3);
        await _process.Stack.SetAsync("a", 4);

        await _fleet.Start().Cache.RemoveByTagAsync("*");

        Assert.Equal("0 0", await ReadAsync(Cache, "a", "b"));
        Assert.Equal("3", await ReadAsync(_process.Of("birch"), "a"));
        Assert.Equal(4, await _process.Stack.GetAsync<int>("a"));
        await Cache.SetAsync("a", 5);
        Assert.Equal("5", await ReadAsync(Cache, "a"));
    }

    [Fact]
    public async Task Clearing_the_customers_level_clears_this_cache_too()
    {
        await Cache.SetAsync("a", 1, s_local);

        await _process.Stack.ClearAsync();

        Assert.Equal("0", await ReadAsync(Cache, "a"));
    }

    [Fact]
    public async Task Star_among_other_tags_does_both()
    {
        await Cache.SetAsync("a", 1);
        await _process.Stack.SetAsync("a", 2, CachePolicy.Default with { Tags = ["red"] });

        await Cache.RemoveByTagAsync(["red", "*"]);

        Assert.Equal("0", await ReadAsync(Cache, "a"));
        Assert.False((await _process.Stack.TryGetAsync<int>("a")).Found);
    }

    [Fact]
    public async Task Tags_are_those_of_the_scoped_cache_at_the_same_level_and_customer()
    {
        await Cache.SetAsync("a", 1, tags: ["red"]);
        await _process.Of("birch").SetAsync("a", 2, tags: ["red"]);

        await _process.Stack.RemoveByTagAsync(["red"]);

        Assert.Equal("0", await ReadAsync(Cache, "a"));
        Assert.Equal("2", await ReadAsync(_process.Of("birch"), "a"));
    }

    [Theory]
    [InlineData("red")]
    [InlineData("*")]
    public async Task What_this_process_keeps_is_removed_with_the_rest(string tag)
    {
        var nearOnly = new HybridCacheEntryOptions { Flags = DisableDistributedCache };
        await Cache.SetAsync("a", 1, s_local, ["red"]);
        await Cache.SetAsync("b", 2, nearOnly, ["red"]);

        await Cache.RemoveByTagAsync(tag);

        Assert.Equal(3, await Cache.GetOrCreateAsync("a", static _ => new ValueTask<int>(3), s_local, ["red"]));
        Assert.Equal(4, await Cache.GetOrCreateAsync("b", static _ => new ValueTask<int>(4), nearOnly, ["red"]));
    }

    [Fact]
    public async Task A_removal_while_the_factory_runs_is_not_lost()
    {
        var made = await Cache.GetOrCreateAsync("a", async token =>
        {
            await _fleet.Start().Cache.RemoveByTagAsync("red", token);
            return 1;
        }, tags: ["red"]);

        Assert.Equal(1, made);
        Assert.Equal("0", await ReadAsync(Cache, "a"));
    }

    [Fact]
    public async Task No_tags_and_blank_ones_remove_nothing()
    {
        await Cache.SetAsync("a", 1, tags: []);

        await Cache.RemoveByTagAsync((string)null!);
        await Cache.RemoveByTagAsync((IEnumerable<string>)null!);
        await Cache.RemoveByTagAsync(["", " ", null!]);
        await Cache.RemoveByTagAsync([]);

        Assert.Equal("1", await ReadAsync(Cache, "a"));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public async Task An_entry_cannot_bear_a_tag_that_means_all_or_nothing(string? tag)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Cache.SetAsync("a", 1, tags: ["red", tag!]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Cache.GetOrCreateAsync("a", static _ => new ValueTask<int>(1), tags: [tag!]));
    }

    [Fact]
    public async Task A_callers_array_of_tags_may_change_between_calls()
    {
        string[] tags = [""];
        var keys = Enumerable.Range(0, 200).Select(static i => $"{i}").ToArray();
        foreach (var key in keys)
        {
            tags[0] = key;
            await Cache.SetAsync(key, 1, tags: tags);
        }

        await Cache.RemoveByTagAsync(keys[100..]);

        Assert.Equal(string.Join(' ', Enumerable.Repeat(1, 100)), await ReadAsync(Cache, keys[..100]));
        Assert.Equal(string.Join(' ', Enumerable.Repeat(0, 100)), await ReadAsync(Cache, keys[100..]));
    }

    private static async Task<string> ReadAsync(HybridCache cache, params string[] keys)
    {
        var values = new List<int>();
        foreach (var key in keys)
        {
            values.Add(await cache.GetOrCreateAsync<int>(key, static _ => throw new InvalidOperationException(), s_read));
        }

        return string.Join(' ', values);
    }
}
