using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>
/// What the inspector knows: recent keys, when they are remembered, and statistics, once somebody mapped it. As long as there is neither, nobody observes, and operations pay nothing.
/// </summary>
internal sealed class Observation : IOperationObserver
{
    private readonly OperationWatch _watch;
    private OperationStatistics? _statistics;

    public Observation(RecentKeys? keys, OperationWatch watch)
    {
        (Keys, _watch) = (keys, watch);
        if (keys is not null)
        {
            watch.Observer = this;
        }
    }

    /// <summary>Null: they are not remembered.</summary>
    public RecentKeys? Keys { get; }

    public OperationStatistics? Statistics => Volatile.Read(ref _statistics);

    /// <summary>From now on operations are counted.</summary>
    public void Count(TimeProvider time)
    {
        Interlocked.CompareExchange(ref _statistics, new OperationStatistics(time), comparand: null);
        _watch.Observer = this;
    }

    public void Ended(StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, TimeSpan elapsed, in EntryAddress address)
    {
        _statistics?.Add(level, kind, outcome, tier, elapsed, address.Scope);
        if (Keys is { } keys && address.Scope is not null)
        {
            Remember(keys, kind, outcome, address);
        }
    }

    private static void Remember(RecentKeys keys, CacheOperationKind kind, CacheOperationOutcome outcome, in EntryAddress address)
    {
        switch (kind)
        {
            case CacheOperationKind.Remove:
                keys.Forget(address);
                break;
            case CacheOperationKind.Clear when outcome == CacheOperationOutcome.Removed:
                keys.ForgetAll(address.Scope);
                break;

            // Which entries bear a tag is not known; and counters are apart from the values of the same key.
            case CacheOperationKind.Clear or CacheOperationKind.RemoveByTag or CacheOperationKind.Count:
                break;

            // What a get-or-create has missed it has stored, or could not; the store tells.
            default:
                if (outcome is CacheOperationOutcome.Hit or CacheOperationOutcome.Stale or CacheOperationOutcome.Stored)
                {
                    keys.Use(address, isHit: outcome != CacheOperationOutcome.Stored);
                }

                break;
        }
    }
}
