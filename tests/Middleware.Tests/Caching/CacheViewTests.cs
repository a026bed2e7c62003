using System.Buffers;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

public sealed class CacheViewTests : IDisposable
{
    private readonly CacheFixture _fixture = new();

    private ICache Cache => _fixture.Stack;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_value_set_for_fifteen_seconds_is_gone_after_them()
    {
        await Cache.SetAsync("greeting", "hello", TimeSpan.FromSeconds(15));
        _fixture.Clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal("hello", await Cache.GetAsync<string>("greeting"));

        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await Cache.TryGetAsync<string>("greeting")).Found);
    }

    [Fact]
    public async Task A_response_cached_for_an_hour_is_asked_for_once_in_it()
    {
        var calls = 0;
        async Task<string> FetchAsync() => await Cache.GetOrCreateAsync("response", _ => Task.FromResult($"call {++calls}"), TimeSpan.FromSeconds(3600));

        await FetchAsync();
        _fixture.Clock.Advance(TimeSpan.FromSeconds(3599));
        Assert.Equal("call 1", await FetchAsync());

        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("call 2", await FetchAsync());
    }

    [Fact]
    public async Task A_removed_value_is_gone_and_says_that_it_was_there()
    {
        await Cache.SetAsync("a", 1);
        Assert.Equal(RemoveOutcome.Removed, await Cache.RemoveAsync("a"));
        Assert.Equal(RemoveOutcome.NotFound, await Cache.RemoveAsync("a"));
        Assert.False((await Cache.TryGetAsync<int>("a")).Found);
    }

    [Fact]
    public async Task Three_removed_values_are_gone()
    {
        Assert.Empty(await Cache.SetManyAsync(Pairs(("a", 1), ("b", 2), ("c", 3), ("d", 4))));
        Assert.Empty(await Cache.RemoveManyAsync(["a", "b", "c"]));
        Assert.Equal(Pairs(("d", 4)), await Cache.GetManyAsync<int>(["a", "b", "c", "d"]));
    }

    [Fact]
    public async Task A_removal_that_was_not_delivered_is_never_silent()
    {
        _fixture.Store.Unreachable = true;
        Assert.Equal(RemoveOutcome.Undelivered, await Cache.RemoveAsync("a"));
        Assert.Equal(["a", "b"], await Cache.RemoveManyAsync(["a", "b"]));
    }

    [Fact]
    public async Task A_stored_null_differs_from_a_miss()
    {
        await Cache.SetAsync<string?>("null", null);
        var found = await Cache.TryGetAsync<string>("null");
        Assert.True(found.Found);
        Assert.Null(found.Value);
        Assert.Null(await Cache.GetOrDefaultAsync("null", "fallback"));
        Assert.Equal("fallback", await Cache.GetOrDefaultAsync("missing", "fallback"));
        Assert.Equal(0, await Cache.GetAsync<int>("missing"));
    }

    [Fact]
    public async Task Many_values_are_found_by_the_callers_own_keys_in_one_read()
    {
        await Cache.SetAsync("one", 1);
        Assert.Equal(Pairs(("one", 1)), await Cache.GetManyAsync<int>(["one", "two", "one"]));
        Assert.Single(_fixture.Store.Calls, static call => string.Equals(call.What, "read many", StringComparison.Ordinal));
        Assert.Empty(await Cache.GetManyAsync<int>([]));
    }

    [Fact]
    public async Task A_fallback_is_given_for_the_missing_and_the_expired_alike()
    {
        await Cache.SetAsync("greeting", "hello", TimeSpan.FromSeconds(15));
        Assert.Equal("hello", await Cache.GetOrDefaultAsync("greeting", "fallback"));
        _fixture.Clock.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal("fallback", await Cache.GetOrDefaultAsync("greeting", "fallback"));
        Assert.Equal("fallback", await Cache.GetOrDefaultAsync("never there", "fallback"));
    }

    [Fact]
    public async Task Keys_that_were_not_stored_are_told()
    {
        _fixture.Store.Unreachable = true;
        Assert.Equal(["a", "b"], await Cache.SetManyAsync(Pairs(("a", 1), ("b", 2))));
        Assert.False(await Cache.SetAsync("a", 1));
    }

    [Fact]
    public async Task Set_and_return_throws_when_the_value_was_not_stored()
    {
        Assert.Equal(7, await Cache.SetAndReturnAsync("seven", 7));
        _fixture.Store.Unreachable = true;
        var thrown = await Assert.ThrowsAsync<CacheWriteException>(() => Cache.SetAndReturnAsync("secret-key", 7).AsTask());
        Assert.DoesNotContain("secret-key", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_stores_only_what_is_absent_and_replace_only_what_is_there()
    {
        Assert.False(await Cache.ReplaceAsync("a", 1));
        Assert.True(await Cache.AddAsync("a", 1));
        Assert.False(await Cache.AddAsync("a", 2));
        Assert.True(await Cache.ReplaceAsync("a", 3));
        Assert.Equal(3, await Cache.GetAsync<int>("a"));
    }

    [Fact]
    public async Task Touch_gives_a_value_a_new_life()
    {
        Assert.False(await Cache.TouchAsync("a", TimeSpan.FromSeconds(10)));
        await Cache.SetAsync("a", 1, TimeSpan.FromSeconds(5));
        Assert.True(await Cache.TouchAsync("a", TimeSpan.FromSeconds(60)));
        _fixture.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, await Cache.GetAsync<int>("a"));
    }

    [Fact]
    public async Task Counters_count_from_nothing_and_stop_at_zero()
    {
        Assert.Equal(1ul, await Cache.IncrementAsync("visits"));
        Assert.Equal(6ul, await Cache.IncrementAsync("visits", 5));
        Assert.Equal(0ul, await Cache.DecrementAsync("visits", 10));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.IncrementAsync("visits", -1).AsTask());
        _fixture.Store.Unreachable = true;
        Assert.Null(await Cache.IncrementAsync("visits"));
    }

    [Fact]
    public async Task Without_a_policy_the_applications_default_applies()
    {
        using var fixture = new CacheFixture(static options => options.DefaultPolicy = CachePolicy.For(TimeSpan.FromSeconds(30)));
        await fixture.Stack.SetAsync("a", 1);
        Assert.Equal(TimeSpan.FromSeconds(30), fixture.Store.LastWrite!.Life.Absolute);
        await fixture.Stack.SetAsync("a", 1, CachePolicy.Forever);
        Assert.Null(fixture.Store.LastWrite!.Life.Absolute);
    }

    [Fact]
    public async Task A_view_carries_its_own_serializer_encryption_and_policy()
    {
        var serializer = new NoSerializer();
        var view = _fixture.Factory.Create("acme").GetCache("reports", StorageLevel.Stack, new CacheViewOptions
        {
            Serializer = serializer,
            Encrypt = false,
            DefaultPolicy = CachePolicy.Forever,
        });
        await view.SetAsync("a", 1);
        Assert.Same(serializer, _fixture.Store.LastWrite!.Format.Serializer);
        Assert.False(_fixture.Store.LastWrite.Format.Encrypt);
        Assert.Null(_fixture.Store.LastWrite.Life.Absolute);

        await view.TryGetAsync<int>("a");
        Assert.Same(serializer, _fixture.Store.LastFormat!.Serializer);

        await view.SetAsync("a", 1, new CachePolicy { Encrypt = true });
        Assert.True(_fixture.Store.LastWrite!.Format.Encrypt);
    }

    [Fact]
    public async Task A_view_keeps_its_keys_apart()
    {
        var caches = _fixture.Factory.Create("acme");
        await caches.GetCache("reports", StorageLevel.Stack).SetAsync("a", 1);
        Assert.False((await caches.StackCache.TryGetAsync<int>("a")).Found);
        Assert.Equal(1, await caches.GetCache("reports").GetAsync<int>("a"));
    }

    [Fact]
    public async Task A_cancelled_token_ends_an_operation()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.GetAsync<int>("a", cancelled.Token).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.SetAsync("a", 1, cancelled.Token).AsTask());
    }

    [Fact]
    public async Task A_null_key_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.GetAsync<int>(null!).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.RemoveManyAsync([null!]).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.GetOrCreateAsync(null!, static _ => Task.FromResult(1)).AsTask());
    }

    private static KeyValuePair<string, int>[] Pairs(params (string Key, int Value)[] pairs) =>
        Array.ConvertAll(pairs, static pair => KeyValuePair.Create(pair.Key, pair.Value));

    private sealed class NoSerializer : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => throw new NotSupportedException();

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => throw new NotSupportedException();
    }
}
