using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

/// <summary>Another vendor's cache that fails or is slow does not bring back what was overwritten or removed.</summary>
public sealed class JournaledStoreTests
{
    private static readonly byte[] s_key = "key"u8.ToArray();
    private readonly FakeClock _clock = new();
    private readonly VendorCache _other;
    private readonly MemcachedOptions _options = new();
    private readonly ICacheStore _store;

    public JournaledStoreTests()
    {
        _other = new VendorCache(_clock);
        var journal = new RemovalJournal();
        _store = new JournaledStore(new DistributedStore(_other, static _ => null, () => _options, _clock, CacheMetrics.Unlistened, journal), journal);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("at once")]
    public async Task What_a_write_that_nobody_waits_for_was_to_replace_is_not_found_when_it_fails(string failing)
    {
        await _store.SetAsync(s_key, Write("old"));
        _other.Failing = failing;
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_key, Write("new") with { FireAndForget = true }));
        _other.Failing = failing is "set" ? failing : null;

        // It may fail on another thread.
        await Eventually.TrueAsync(async () => !(await _store.GetAsync(s_key)).Found);
        Assert.Null(_other.Stored("key"));
    }

    [Fact]
    public async Task A_write_that_comes_late_does_not_bring_back_what_was_removed_meanwhile()
    {
        var slow = new TaskCompletionSource();
        _other.Gate = slow.Task;
        var write = _store.SetAsync(s_key, Write("late")).AsTask();
        _clock.Advance(_options.Timeout);
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => write.InTime());
        _other.Gate = Task.CompletedTask;

        await _store.RemoveAsync(s_key);
        Assert.False((await _store.GetAsync(s_key)).Found);
        slow.TrySetResult();
        await Eventually.TrueAsync(() => _other.Stored("key") is not null);

        await Eventually.TrueAsync(async () => !(await _store.GetAsync(s_key)).Found);
        Assert.Null(_other.Stored("key"));
    }

    [Fact]
    public async Task A_write_that_is_answered_in_time_stays()
    {
        await _store.SetAsync(s_key, Write("one"));
        await _store.SetAsync(s_key, Write("two") with { FireAndForget = true });

        await Eventually.TrueAsync(async () => (await _store.GetAsync(s_key)) is { Found: true } item && Encoding.UTF8.GetString(item.Value.Span) is "two");
    }

    private static StoreWrite Write(string value) => new(Encoding.UTF8.GetBytes(value), 1);
}
