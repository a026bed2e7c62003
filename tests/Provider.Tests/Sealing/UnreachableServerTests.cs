using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class UnreachableServerTests : IDisposable
{
    private readonly RefusingPort _nobody = new();

    private static readonly EntryAddress s_address = Addresses.Scope("bank-q").Entry("account:q1");

    [Fact]
    public async Task Reads_miss_and_writes_drop_and_removals_are_known_as_undelivered()
    {
        using var process = Start(OnFailure.Miss);
        var store = process.Sealed;

        Assert.Equal(ReadOutcome.Unavailable, (await store.ReadAsync<int>(s_address)).Outcome);
        Assert.Equal(ReadOutcome.Unavailable, await store.ReadAsync(s_address, new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.All(await store.ReadManyAsync<int>([s_address, s_address]), entry => Assert.Equal(ReadOutcome.Unavailable, entry.Outcome));
        Assert.Equal(4, process.Counts["scopedcaching.reads:unavailable"]);

        Assert.Equal(WriteOutcome.Unavailable, await store.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.Equal([WriteOutcome.Unavailable], await store.WriteManyAsync([KeyValuePair.Create(s_address, 1)], new EntryWrite()));
        Assert.Equal(WriteOutcome.Unavailable, await store.TouchAsync(s_address, EntryLife.Forever));
        Assert.Null(await store.AddToCounterAsync(s_address, 1));
        Assert.Equal(4, process.Counts["scopedcaching.writes.dropped"]);

        Assert.Equal(RemoveOutcome.Undelivered, await store.RemoveAsync(s_address));
        Assert.Equal([RemoveOutcome.Undelivered, RemoveOutcome.Undelivered], await store.RemoveManyAsync([s_address, s_address]));
        Assert.Equal(3, process.Counts["scopedcaching.removals.undelivered"]);

        await store.RefreshAsync(s_address);
        Assert.Equal(10, process.Counts["scopedcaching.faults"]);
    }

    [Fact]
    public async Task A_write_without_acknowledgement_is_dropped_in_silence_and_counted()
    {
        using var process = Start(OnFailure.Throw);
        var write = new EntryWrite { FireAndForget = true };

        for (var i = 0; i < 3; i++)
        {
            await process.Sealed.WriteAsync(s_address, 1, write);
        }

        await Eventually.TrueAsync(() => process.Counts["scopedcaching.faults"] == 3);
    }

    [Fact]
    public async Task The_distributed_cache_misses_and_drops()
    {
        using var process = Start(OnFailure.Miss);

        await process.Distributed.SetAsync("key", [1], new DistributedCacheEntryOptions());
        Assert.Null(await process.Distributed.GetAsync("key"));
        Assert.All([process.Distributed], cache => Assert.Null(cache.Get("key")));
        await process.Distributed.RefreshAsync("key");
        await process.Distributed.RemoveAsync("key");
    }

    [Fact]
    public async Task Asked_to_throw_every_operation_throws_and_tells_nothing_of_the_entry()
    {
        using var process = Start(OnFailure.Throw);
        var store = process.Sealed;
        Func<Task>[] operations =
        [
            async () => await store.ReadAsync<int>(s_address),
            async () => await store.ReadAsync(s_address, new System.Buffers.ArrayBufferWriter<byte>()),
            async () => await store.ReadManyAsync<int>([s_address]),
            async () => await store.WriteAsync(s_address, "secret value", new EntryWrite()),
            async () => await store.WriteManyAsync([KeyValuePair.Create(s_address, "secret value")], new EntryWrite()),
            async () => await store.TouchAsync(s_address, EntryLife.Forever),
            async () => await store.AddToCounterAsync(s_address, 1),
            async () => await store.RefreshAsync(s_address),
            async () => await store.RemoveAsync(s_address),
            async () => await store.RemoveManyAsync([s_address]),
            () => process.Distributed.GetAsync("account:q1"),
            () => process.Distributed.SetAsync("account:q1", [1]),
        ];
        foreach (var operation in operations)
        {
            var fault = await Assert.ThrowsAnyAsync<MemcachedException>(operation);
            SealedIntegrityTests.AssertSilent(fault.ToString(), "account:q1", "bank-q", "secret value");
        }

        SealedIntegrityTests.AssertNothingTold(process, "account:q1", "bank-q", "secret value");
    }

    [Fact]
    public async Task Errors_of_the_callers_own_are_thrown_even_so()
    {
        using var process = Start(OnFailure.Miss);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await process.Sealed.WriteAsync(s_address, 1, Addresses.For(TimeSpan.Zero)));
        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () =>
            await process.Sealed.WriteAsync(s_address, new byte[2 << 20], new EntryWrite { Format = new EntryFormat { Compress = false } }));
    }

    [Fact]
    public async Task Faults_are_told_once_for_many()
    {
        using var process = Start(OnFailure.Miss);

        for (var i = 0; i < 20; i++)
        {
            await process.Sealed.ReadAsync<int>(s_address);
        }

        Assert.InRange(process.Log.Lines.Count(line => line.Id == 1200), 1, 3);
        Assert.Equal(20, process.Counts["scopedcaching.faults"]);
    }

    public void Dispose() => _nobody.Dispose();

    private CacheProcess Start(OnFailure onFailure) => new(options =>
    {
        options.Servers = [_nobody.Endpoint];
        options.OnFailure = onFailure;
    });
}
