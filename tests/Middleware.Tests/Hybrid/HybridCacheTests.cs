using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Hybrid;

/// <summary>What a user of <see cref="HybridCache"/> relies on, down to the embedded server.</summary>
public sealed class HybridCacheTests : IDisposable
{
    private readonly HybridFleet _fleet = new();
    private readonly HybridProcess _process;

    public HybridCacheTests() => _process = _fleet.Start();

    private HybridCache Cache => _process.Cache;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_value_is_created_once_with_the_callers_state_and_found_afterwards()
    {
        Assert.Equal("made of 7", await Cache.GetOrCreateAsync("key", 7, static (state, _) => new ValueTask<string>($"made of {state}")));
        Assert.Equal("made of 7", await Cache.GetOrCreateAsync("key", 8, static (state, _) => new ValueTask<string>($"made of {state}")));
        Assert.Equal("made of 7", await _fleet.Start().Cache.GetOrCreateAsync("key", static _ => new ValueTask<string>("another")));
    }

    [Fact]
    public async Task Keys_given_as_spans_and_interpolated_are_the_same_keys()
    {
        await Cache.SetAsync("account:42", "value");

        Assert.Equal("value", await Cache.GetOrCreateAsync("account:42".AsSpan(), static _ => new ValueTask<string>("other")));
        Assert.Equal("value", await Cache.GetOrCreateAsync($"account:{42}", static _ => new ValueTask<string>("other")));
    }

    [Fact]
    public async Task A_value_that_is_set_replaces_the_one_before()
    {
        await Cache.SetAsync("key", 1);
        await Cache.SetAsync("key", 2);

        Assert.Equal(2, await ReadAsync<int>("key"));
    }

    [Fact]
    public async Task A_null_is_a_value()
    {
        Assert.Null(await Cache.GetOrCreateAsync("created", static _ => new ValueTask<string?>((string?)null)));
        Assert.Null(await Cache.GetOrCreateAsync("created", static _ => new ValueTask<string?>("second")));
        await Cache.SetAsync<string?>("set", null);
        Assert.Null(await Cache.GetOrCreateAsync("set", static _ => new ValueTask<string?>("second")));
    }

    [Fact]
    public async Task Keys_of_any_text_up_to_1024_characters_work_and_stay_apart()
    {
        string[] keys = ["", " ", "a b", "a\r\nb", "\0", "\ud800", "\udc00", "*", "ünïcode \ud83d\ude00", new('x', 1024), new('語', 1024), new string('語', 1023) + "x"];
        for (var i = 0; i < keys.Length; i++)
        {
            await Cache.SetAsync(keys[i], i);
        }

        for (var i = 0; i < keys.Length; i++)
        {
            Assert.Equal(i, await Cache.GetOrCreateAsync(keys[i], static _ => new ValueTask<int>(-1)));
        }
    }

    [Fact]
    public async Task A_null_key_or_factory_is_the_callers_error()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.GetOrCreateAsync<int>(null!, static _ => new ValueTask<int>(1)));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.GetOrCreateAsync<int, int>("key", 1, null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.SetAsync(null!, 1));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.RemoveAsync((string)null!));
    }

    [Fact]
    public async Task What_is_removed_is_gone_alone_or_many_at_once()
    {
        foreach (var key in (string[])["a", "b", "c", "d"])
        {
            await Cache.SetAsync(key, 1);
        }

        await Cache.RemoveAsync("a");
        await Cache.RemoveAsync(["b", "c", "never there"]);
        await Cache.RemoveAsync((IEnumerable<string>)null!);

        int[] left = [await ReadAsync<int>("a"), await ReadAsync<int>("b"), await ReadAsync<int>("c"), await ReadAsync<int>("d")];
        Assert.Equal([0, 0, 0, 1], left);
    }

    [Fact]
    public async Task Concurrent_callers_of_a_cold_key_run_one_factory()
    {
        var (runs, gate) = (0, new TaskCompletionSource());
        var callers = Enumerable.Range(0, 20).Select(_ => Cache.GetOrCreateAsync("key", async _ =>
        {
            Interlocked.Increment(ref runs);
            await gate.Task;
            return new List<int> { 1 };
        }).AsTask()).ToArray();
        gate.SetResult();

        var values = await Task.WhenAll(callers);

        Assert.Equal(1, runs);
        Assert.Equal(20, values.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public async Task A_value_that_can_change_is_every_callers_own()
    {
        var local = new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.FromMinutes(1) };
        var mine = await Cache.GetOrCreateAsync("key", static _ => new ValueTask<List<int>>([1]), local);
        mine.Add(2);
        var next = await Cache.GetOrCreateAsync("key", static _ => new ValueTask<List<int>>([9]), local);
        next.Add(3);

        Assert.Equal([1], await Cache.GetOrCreateAsync("key", static _ => new ValueTask<List<int>>([9]), local));
    }

    [Fact]
    public async Task A_local_value_that_can_never_change_is_one_object()
    {
        var local = new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.FromMinutes(1) };
        var text = await Cache.GetOrCreateAsync("key", static _ => new ValueTask<string>(new string('x', 10)), local);

        Assert.Same(text, await Cache.GetOrCreateAsync("key", static _ => new ValueTask<string>("other"), local));
    }

    [Fact]
    public async Task A_factory_that_fails_fails_its_caller_and_stores_nothing()
    {
        await Assert.ThrowsAsync<FormatException>(async () => await Cache.GetOrCreateAsync<int>("key", static _ => throw new FormatException()));

        Assert.Equal(1, await Cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(1)));
    }

    [Fact]
    public async Task A_cancelled_caller_gets_no_value()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(1), cancellationToken: cancelled.Token));
    }

    [Fact]
    public async Task A_value_above_the_servers_limit_is_answered_told_of_and_not_stored()
    {
        var log = new LoggedLines();
        var cache = _fleet.Start(add: services => services.AddLogging(logging => logging.AddProvider(log))).Cache;
        var noise = new byte[2 << 20];
        new Random(1).NextBytes(noise);

        Assert.Equal(noise.Length, (await cache.GetOrCreateAsync("created", _ => new ValueTask<byte[]>(noise))).Length);
        await cache.SetAsync("set", noise);

        Assert.Equal(2, log.Lines.Count(static line => line.Id == 2010));
        Assert.Empty(await cache.GetOrCreateAsync("created", static _ => new ValueTask<byte[]>([])));
        Assert.Empty(await cache.GetOrCreateAsync("set", static _ => new ValueTask<byte[]>([])));
    }

    [Fact]
    public async Task A_cache_that_is_away_costs_misses_and_removals_are_told_of_without_their_keys()
    {
        var log = new LoggedLines();
        var cache = _fleet.Start(add: services => services.AddLogging(logging => logging.AddProvider(log))).Cache;
        await cache.SetAsync("a secret key", 1);
        _fleet.Server.Dispose();

        Assert.Equal(2, await cache.GetOrCreateAsync("a secret key", static _ => new ValueTask<int>(2)));
        await cache.SetAsync("a secret key", 3);
        Assert.DoesNotContain(log.Lines, static line => line.Id == 2011);
        await cache.RemoveAsync("a secret key");
        await cache.RemoveAsync(["a secret key"]);
        await cache.RemoveByTagAsync("a secret tag");
        await cache.RemoveByTagAsync("*");

        Assert.Equal(4, log.Lines.Count(static line => line.Id == 2011));
        Assert.DoesNotContain(log.Lines, static line => line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_keys_are_apart_from_those_of_the_scoped_cache_and_the_customers_from_each_other()
    {
        await _process.Stack.SetAsync("key", "scoped");
        await Cache.SetAsync("key", "hybrid");

        Assert.Equal("scoped", await _process.Stack.GetAsync<string>("key"));
        Assert.Equal("hybrid", await ReadAsync<string>("key"));
        Assert.Equal("other's", await _process.Of("birch").GetOrCreateAsync("key", static _ => new ValueTask<string>("other's")));
        Assert.Equal("hybrid", await ReadAsync<string>("key"));
    }

    [Fact]
    public async Task A_value_of_another_type_is_a_miss()
    {
        await Cache.SetAsync("key", "text");

        Assert.Equal(5, await Cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(5)));
    }

    private ValueTask<T> ReadAsync<T>(string key) =>
        Cache.GetOrCreateAsync<T>(key, static _ => throw new InvalidOperationException(), new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData });
}
