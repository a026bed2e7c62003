using System.Text;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

public sealed class DistributedStoreTests
{
    private static readonly byte[] s_key = "key"u8.ToArray();
    private readonly FakeClock _clock = new();
    private readonly VendorCache _other;
    private readonly MemcachedOptions _options = new();
    private readonly ICacheStore _store;

    public DistributedStoreTests()
    {
        _other = new VendorCache(_clock);
        _store = new DistributedStore(
            _other, flags => flags == 0 ? null : TimeSpan.FromSeconds(flags), () => _options, _clock, CacheMetrics.Unlistened);
    }

    [Fact]
    public void It_gets_sets_and_removes_and_promises_nothing_else() => Assert.Equal(StoreCapabilities.None, _store.Capabilities);

    [Fact]
    public async Task What_stands_in_the_other_cache_never_changes_its_layout()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 0xDEADBEEF));

        Assert.Equal("01EFBEADDE76616C7565", Convert.ToHexString(_other.Stored("key")!));
    }

    [Fact]
    public async Task An_item_comes_back_with_value_and_flags_and_without_what_nobody_knows()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 0xDEADBEEF, TimeSpan.FromSeconds(10)));

        var item = await _store.GetAsync(s_key);
        var without = await _store.GetAsync(s_key, withValue: false);

        Assert.True(item.Found && without.Found);
        Assert.Equal("value", Encoding.UTF8.GetString(item.Value.Span));
        Assert.True(without.Value.IsEmpty);
        Assert.Equal(0xDEADBEEF, item.Flags);
        Assert.Equal(0xDEADBEEF, without.Flags);
        Assert.Equal((0UL, null), (item.Version, item.Remaining));
    }

    [Fact]
    public async Task A_value_of_no_bytes_is_found()
    {
        await _store.SetAsync(s_key, new StoreWrite(default, 1));

        var item = await _store.GetAsync(s_key);

        Assert.True(item.Found);
        Assert.True(item.Value.IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01020304")]
    [InlineData("000102030405")]
    [InlineData("020102030405")]
    [InlineData("7B2261223A317D")]
    public async Task What_somebody_else_put_there_is_not_found(string bytes)
    {
        _other.Plant("key", Convert.FromHexString(bytes));

        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False((await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5))).Found);
    }

    [Fact]
    public async Task Without_leases_nobody_wins_one_and_nobody_waits_for_one()
    {
        for (var i = 0; i < 2; i++)
        {
            var item = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5));
            Assert.False(item.Found || item.WonLease);
        }

        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 1));
        var found = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5));

        Assert.True(found.Found && !found.WonLease);
        Assert.Equal("get get set get", _other.Verbs);
    }

    [Fact]
    public async Task A_removal_of_one_version_is_refused_and_removes_nothing()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 1));

        await Assert.ThrowsAsync<MemcachedClientException>(async () => await _store.RemoveAsync(s_key, version: 1));

        Assert.NotNull(_other.Stored("key"));
    }

    [Fact]
    public async Task A_read_that_fails_does_not_keep_a_removal_from_being_sent()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 1));
        _other.Failing = "get";

        Assert.False(await _store.RemoveAsync(s_key));

        Assert.Null(_other.Stored("key"));
    }

    [Fact]
    public async Task A_removal_that_was_not_delivered_is_told_from_one_that_found_nothing()
    {
        Assert.Equal([false], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key }));
        _other.Failing = "remove";

        Assert.Equal([null, null], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key, s_key }));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _store.RemoveAsync(s_key));
    }

    [Fact]
    public async Task Many_are_under_way_together_and_not_all_of_them()
    {
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 500).Select(i => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"key{i}"))];
        var gate = new TaskCompletionSource();
        _other.Gate = gate.Task;
        var reading = _store.GetManyAsync(keys).AsTask();
        await Eventually.TrueAsync(() => _other.AtOnce == 32);
        gate.SetResult();

        Assert.Equal(500, (await reading).Length);
        Assert.Equal(32, _other.AtOnce);
    }

    [Fact]
    public async Task Once_one_of_many_has_failed_the_rest_is_not_begun()
    {
        var items = Enumerable.Range(0, 500).Select(i => KeyValuePair.Create((ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"key{i}"), new StoreWrite(s_key, 1))).ToArray();
        _other.Failing = "all";

        Assert.All(await _store.SetManyAsync(items), outcome => Assert.Equal(WriteOutcome.Unavailable, outcome));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await _store.GetManyAsync(items.Select(item => item.Key).ToArray()));

        Assert.InRange(_other.Calls.Count, 2, 64);

        _other.Calls.Clear();
        _other.Failing = "at once";
        Assert.All(await _store.SetManyAsync(items), outcome => Assert.Equal(WriteOutcome.Unavailable, outcome));
        Assert.Single(_other.Calls);
    }

    [Fact]
    public async Task A_cache_that_does_not_answer_costs_our_timeout_and_no_more()
    {
        var gate = new TaskCompletionSource();
        _other.Gate = gate.Task;
        var reading = _store.GetAsync(s_key).AsTask();
        _clock.Advance(_options.Timeout - TimeSpan.FromMilliseconds(1));
        Assert.False(reading.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => reading);
        gate.SetResult();
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_let_go_at_once()
    {
        var gate = new TaskCompletionSource();
        _other.Gate = gate.Task;
        using var cancellation = new CancellationTokenSource();
        var reading = _store.GetAsync(s_key, cancellationToken: cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        gate.SetResult();
    }

    [Fact]
    public async Task The_callers_memory_is_its_own_again_once_the_write_was_taken()
    {
        var gate = new TaskCompletionSource();
        _other.Gate = gate.Task;
        var (key, value) = (s_key.ToArray(), "value"u8.ToArray());
        await _store.SetAsync(key, new StoreWrite(value, 1, FireAndForget: true));
        Array.Fill(key, (byte)'x');
        Array.Fill(value, (byte)'x');
        gate.SetResult();

        await Eventually.TrueAsync(() => _other.Stored("key") is not null);
        Assert.Equal("value"u8.ToArray(), _other.Stored("key")![5..]);
    }

    [Fact]
    public async Task The_window_in_the_flags_is_the_other_caches_to_slide()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), Flags: 10, Life: TimeSpan.FromSeconds(10)));
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(9));
            Assert.True((await _store.GetAsync(s_key, withValue: false)).Found);
        }

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False((await _store.GetAsync(s_key)).Found);
    }

    [Fact]
    public void The_largest_value_is_what_the_options_say_less_our_own_bytes()
    {
        _options.ItemSizeLimit = 5000;
        Assert.Equal(4995, _store.LargestValue);
    }
}
