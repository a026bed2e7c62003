using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Stores;

namespace Provider.Tests.Stores;

public sealed class NullStoreTests
{
    private static readonly byte[] s_key = "key"u8.ToArray();
    private readonly ICacheStore _store = new NullStore();

    [Fact]
    public async Task Nothing_is_ever_found_and_no_lease_is_ever_won()
    {
        await _store.SetAsync(s_key, new StoreWrite(new byte[1], 1));

        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.Equal([false, false], (await _store.GetManyAsync(new ReadOnlyMemory<byte>[] { s_key, s_key })).Select(item => item.Found));
        var item = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(1));
        Assert.False(item.Found || item.WonLease);
        Assert.Equal(StoreCapabilities.None, _store.Capabilities);
    }

    [Theory]
    [InlineData(WriteCondition.Always)]
    [InlineData(WriteCondition.IfAbsent)]
    [InlineData(WriteCondition.IfPresent)]
    public async Task Writes_say_that_the_cache_is_off_and_never_that_another_was_there(WriteCondition condition)
    {
        var write = new StoreWrite(new byte[1], 1, Condition: condition);

        Assert.Equal(WriteOutcome.Disabled, await _store.SetAsync(s_key, write));
        Assert.Equal([WriteOutcome.Disabled], await _store.SetManyAsync(new[] { KeyValuePair.Create((ReadOnlyMemory<byte>)s_key, write) }));
    }

    [Fact]
    public async Task Removals_are_delivered_and_find_nothing()
    {
        Assert.False(await _store.RemoveAsync(s_key));
        Assert.Equal([false], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key }));
        _store.Touch(s_key, TimeSpan.FromSeconds(1));
        Assert.Null(await _store.AddToCounterAsync(s_key, 1, life: null));
    }

    [Fact]
    public async Task A_cancelled_caller_is_told_so()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.GetAsync(s_key, cancellationToken: cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.SetAsync(s_key, default, cancelled.Token));
    }
}
