using System.Collections.Concurrent;
using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>Operations of the last minutes, second by second, and of the busiest customers since counting began. Thread-safe; counting takes a lock once a second.</summary>
internal sealed class OperationStatistics(TimeProvider time)
{
    /// <summary>How many seconds are kept.</summary>
    public const int Seconds = 300;

    private const int MostCustomers = 256;

    private readonly Second[] _ring = [.. Enumerable.Range(0, Seconds).Select(static _ => new Second())];
    private readonly ConcurrentDictionary<string, Totals> _customers = new(StringComparer.Ordinal);
    private readonly Totals _others = new(scope: null);
    private readonly long _since = time.GetUtcNow().ToUnixTimeSeconds();

    public void Add(StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, TimeSpan elapsed, EntryScope? scope)
    {
        var figure = FigureOf(kind, outcome, tier);
        if (level is < StorageLevel.Stack or > StorageLevel.Service)
        {
            return;
        }

        var isRead = figure <= Figure.Failed;
        At(Now()).Add(level, figure, isRead ? elapsed : null);
        if (isRead && scope is { Isolation.Length: > 0 })
        {
            CustomerOf(scope).Add(figure, elapsed);
        }
    }

    /// <summary>The seconds after one, the oldest first, without the one that is not over.</summary>
    public SecondFigures[] After(long second)
    {
        var now = Now();
        var first = Math.Max(Math.Max(second + 1, _since), now - Seconds + 1);
        List<SecondFigures> figures = [];
        for (var at = first; at < now; at++)
        {
            figures.Add(_ring[at % Seconds].Read(at));
        }

        return [.. figures];
    }

    /// <summary>The customers, the busiest first; in the end all others, without a scope.</summary>
    public IReadOnlyList<CustomerFigures> Customers()
    {
        var known = _customers.Values.Select(static totals => totals.Read()).OrderByDescending(static customer => customer.Hits + customer.Misses);
        var others = _others.Read();
        return others.Hits + others.Misses == 0 ? [.. known] : [.. known, others];
    }

    private static Figure FigureOf(CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier) => kind switch
    {
        CacheOperationKind.Get or CacheOperationKind.GetOrCreate => outcome switch
        {
            CacheOperationOutcome.Hit => tier switch { CacheTier.Request => Figure.RequestHit, CacheTier.Local => Figure.LocalHit, _ => Figure.SharedHit },
            CacheOperationOutcome.Stale => Figure.Stale,
            CacheOperationOutcome.Miss => Figure.Miss,
            _ => Figure.Failed,
        },
        CacheOperationKind.Remove or CacheOperationKind.Clear or CacheOperationKind.RemoveByTag => Figure.Removal,
        _ => Figure.Write,
    };

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    private Second At(long second)
    {
        var slot = _ring[second % Seconds];
        slot.Begin(second);
        return slot;
    }

    private Totals CustomerOf(EntryScope scope)
    {
        if (_customers.TryGetValue(scope.Isolation, out var totals))
        {
            return totals;
        }

        // Two threads at once may pass the limit by one.
        return _customers.Count >= MostCustomers ? _others : _customers.GetOrAdd(scope.Isolation, static (_, kept) => new Totals(kept), scope);
    }

    private sealed class Totals(EntryScope? scope)
    {
        private long _hits;
        private long _misses;
        private long _ticks;

        public void Add(Figure figure, TimeSpan elapsed)
        {
            Interlocked.Increment(ref figure <= Figure.Stale ? ref _hits : ref _misses);
            Interlocked.Add(ref _ticks, elapsed.Ticks);
        }

        public CustomerFigures Read() => new(scope, Interlocked.Read(ref _hits), Interlocked.Read(ref _misses), new TimeSpan(Interlocked.Read(ref _ticks)));
    }
}

/// <summary>A customer's reads since counting began.</summary>
/// <param name="Scope">A scope of the customer's; null for all whom there was no room for.</param>
/// <param name="Hits">Reads answered from the cache, stale answers included.</param>
/// <param name="Misses">All other reads.</param>
/// <param name="Elapsed">How long they took together.</param>
internal sealed record CustomerFigures(EntryScope? Scope, long Hits, long Misses, TimeSpan Elapsed);
