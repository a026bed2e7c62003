using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

public sealed class OperationLogTests
{
    private readonly OperationLog _log = new();

    [Fact]
    public void The_latest_are_told_oldest_first_however_often_the_oldest_were_overwritten()
    {
        for (var i = 1; i <= (3 * OperationLog.Kept) + 7; i++)
        {
            Add(i);
            Assert.Equal(i, _log.OperationCount);
            if (i is 1 or OperationLog.Kept - 1 or OperationLog.Kept or OperationLog.Kept + 1 or (3 * OperationLog.Kept) or > 3 * OperationLog.Kept)
            {
                var oldest = Math.Max(1, i - OperationLog.Kept + 1);
                Assert.Equal(Enumerable.Range(oldest, i - oldest + 1), _log.Operations.Select(static operation => (int)operation.Elapsed.Ticks));
            }
        }
    }

    [Fact]
    public void What_was_told_is_a_snapshot()
    {
        Add(1);
        var operations = _log.Operations;
        Add(2);

        Assert.Single(operations);
    }

    [Fact]
    public void The_customers_and_the_sessions_operations_are_counted_apart_the_services_in_neither()
    {
        Add(1, StorageLevel.Stack);
        Add(2, StorageLevel.Session);
        Add(3, StorageLevel.Session);
        Add(4, StorageLevel.Service);
        for (var i = 0; i < 2 * OperationLog.Kept; i++)
        {
            Add(5, StorageLevel.Stack);
        }

        Assert.Equal((1 + (2 * OperationLog.Kept), 2), _log.NarrowCounts);
    }

    private void Add(int ticks, StorageLevel level = StorageLevel.Stack) => _log.Add(new ScopedCacheOperation(
        level, CacheOperationKind.Get, CacheOperationOutcome.Hit, CacheTier.Shared, TimeSpan.FromTicks(ticks), new InMemorySealedStore(TimeProvider.System), default(EntryAddress)));
}
