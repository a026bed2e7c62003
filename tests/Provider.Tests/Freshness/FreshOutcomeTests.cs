using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>Nobody answers: what each operation says about it.</summary>
public sealed class FreshOutcomeTests : IDisposable
{
    private readonly RefusingPort _nobody = new();

    private static readonly EntryScope s_scope = Addresses.Scope("bank-q").WithView("view-q");
    private static readonly EntryAddress s_address = s_scope.Entry("account:q1");
    private static readonly EntryTags s_tags = EntryTags.Of("tag-q");
    private static readonly EntryGenerations s_ids = new(Guid.NewGuid(), Guid.NewGuid(), EntryTags.None, [], readAt: 0);

    [Fact]
    public async Task Reads_miss_and_writes_drop_and_clears_are_known_as_undelivered()
    {
        using var process = Start(OnFailure.Miss);
        var store = process.Fresh;

        var read = await store.ReadAsync<string>(s_address, FreshWords.Naming(s_tags));
        Assert.Equal((ReadOutcome.Unavailable, false, null), (read.Outcome, read.Found, read.Generations));
        var came = await store.ComeAsync(s_address, s_tags);
        Assert.Equal((ReadOutcome.Unavailable, null, false), (came.Outcome, came.Lease, came.IsLeased));
        Assert.All(await store.ReadManyAsync<string>([s_address, s_address]), entry => Assert.Equal(ReadOutcome.Unavailable, entry.Outcome));
        Assert.Equal(ReadOutcome.Unavailable, await store.RevalidateAsync(s_address, new EntryStamp(1, s_ids, null)));
        Assert.Null(await store.GenerationsAsync(s_scope, s_tags));
        Assert.Null(await store.LeaseAsync(s_address, 1, FreshWords.Lease));

        Assert.Equal(WriteOutcome.Unavailable, await store.WriteAsync(s_address, "x", FreshWords.Tagged("t")));
        Assert.Equal(WriteOutcome.Unavailable, await store.WriteAsync(s_address, "x", new EntryWrite(), s_ids));
        Assert.Equal(WriteOutcome.Unavailable, await store.WriteAsync(s_address, "x", new EntryWrite { Condition = WriteCondition.IfAbsent }));
        Assert.Equal(WriteOutcome.Unavailable, await store.WriteAsync(s_address, "x", new EntryWrite { Condition = WriteCondition.IfPresent }, s_ids));
        Assert.Equal([WriteOutcome.Unavailable], await store.WriteManyAsync([KeyValuePair.Create(s_address, "x")], new EntryWrite()));
        Assert.Equal([WriteOutcome.Unavailable], await store.WriteManyAsync([KeyValuePair.Create(s_address, "x")], new EntryWrite(), s_ids));
        Assert.Equal(WriteOutcome.Unavailable, await store.TouchAsync(s_address, new EntryWrite()));
        Assert.Equal(6, process.Counts["scopedcaching.writes.dropped"]);

        Assert.Equal(RemoveOutcome.Undelivered, await store.RemoveAsync(s_address));
        Assert.False(await store.ClearAsync(s_scope));
        Assert.False(await store.ClearAsync(Addresses.Scope("bank-q")));
        Assert.False(await store.RemoveByTagsAsync(s_scope, EntryTags.Of("a", "b")));
        Assert.Equal(5, process.Counts["scopedcaching.removals.undelivered"]);
        SealedIntegrityTests.AssertNothingTold(process, "account:q1", "bank-q", "tag-q", "view-q");
    }

    [Fact]
    public async Task Asked_to_throw_every_operation_throws_and_tells_nothing_of_the_entry()
    {
        using var process = Start(OnFailure.Throw);
        var store = process.Fresh;
        Func<Task>[] operations =
        [
            async () => await store.ReadAsync<string>(s_address),
            async () => await store.ComeAsync(s_address, s_tags),
            async () => await store.ReadManyAsync<string>([s_address]),
            async () => await store.RevalidateAsync(s_address, new EntryStamp(1, s_ids, null)),
            async () => await store.GenerationsAsync(s_scope, s_tags),
            async () => await store.LeaseAsync(s_address, 1, FreshWords.Lease),
            async () => await store.WriteAsync(s_address, "secret value", FreshWords.Tagged("tag-q")),
            async () => await store.WriteAsync(s_address, "secret value", new EntryWrite(), s_ids),
            async () => await store.WriteAsync(s_address, "secret value", new EntryWrite { Condition = WriteCondition.IfAbsent }),
            async () => await store.WriteManyAsync([KeyValuePair.Create(s_address, "secret value")], new EntryWrite()),
            async () => await store.WriteManyAsync([KeyValuePair.Create(s_address, "secret value")], new EntryWrite(), s_ids),
            async () => await store.TouchAsync(s_address, new EntryWrite()),
            async () => await store.RemoveAsync(s_address),
            async () => await store.ClearAsync(s_scope),
            async () => await store.RemoveByTagsAsync(s_scope, s_tags),
        ];
        foreach (var operation in operations)
        {
            var fault = await Assert.ThrowsAnyAsync<MemcachedException>(operation);
            SealedIntegrityTests.AssertSilent(fault.ToString(), "account:q1", "bank-q", "tag-q", "view-q", "secret value");
        }

        SealedIntegrityTests.AssertNothingTold(process, "account:q1", "bank-q", "tag-q", "view-q", "secret value");
    }

    [Fact]
    public async Task A_caller_who_gave_up_hears_that_and_nothing_else()
    {
        using var server = new EmbeddedMemcached();
        using var process = CacheProcess.On(server);
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Fresh.ReadAsync<string>(s_address, null, given.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Fresh.ReadManyAsync<string>([s_address], null, given.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Fresh.WriteAsync(s_address, "x", new EntryWrite(), null, given.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Fresh.RemoveAsync(s_address, given.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Fresh.ClearAsync(s_scope, given.Token));
        Assert.Equal(0, process.Counts["scopedcaching.faults"]);
    }

    public void Dispose() => _nobody.Dispose();

    private CacheProcess Start(OnFailure onFailure) => new(options =>
    {
        options.Servers = [_nobody.Endpoint];
        options.OnFailure = onFailure;
    });
}
