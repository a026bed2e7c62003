using System.Numerics;

namespace ScopedCaching.Inspector;

/// <summary>What is counted. Reads come first.</summary>
internal enum Figure
{
    RequestHit,
    LocalHit,
    SharedHit,
    Stale,
    Miss,
    Failed,
    Write,
    Removal,
}

/// <summary>The operations of one second.</summary>
internal sealed class Second
{
    public const int Figures = (int)Figure.Removal + 1;

    /// <summary>Bucket n holds what took less than 2^n times 100 ns.</summary>
    private const int Buckets = 32;

    private readonly long[] _counts = new long[((int)StorageLevel.Service + 1) * Figures];
    private readonly long[] _latencies = new long[Buckets];
    private readonly Lock _lock = new();
    private long _second;

    /// <summary>Starts over if the slot holds another second. What another thread adds at that very moment may count for either.</summary>
    public void Begin(long second)
    {
        if (Volatile.Read(ref _second) == second)
        {
            return;
        }

        lock (_lock)
        {
            if (_second != second)
            {
                Array.Clear(_counts);
                Array.Clear(_latencies);
                Volatile.Write(ref _second, second);
            }
        }
    }

    public void Add(StorageLevel level, Figure figure, TimeSpan? elapsed)
    {
        Interlocked.Increment(ref _counts[((int)level * Figures) + (int)figure]);
        if (elapsed is { } time)
        {
            Interlocked.Increment(ref _latencies[Math.Min(BucketOf(time.Ticks), Buckets - 1)]);
        }
    }

    /// <summary>The figures of a second; zeros when the slot holds another.</summary>
    public SecondFigures Read(long second)
    {
        lock (_lock)
        {
            return _second == second
                ? new SecondFigures(second, [.. _counts], Percentile(0.5), Percentile(0.95))
                : new SecondFigures(second, new long[_counts.Length], Median: null, Percentile95: null);
        }
    }

    private static int BucketOf(long ticks) => ticks <= 0 ? 0 : BitOperations.Log2((ulong)ticks) + 1;

    /// <summary>In microseconds, from the buckets: the value lies somewhere in its bucket, and is taken for as far in it as its rank is.</summary>
    private double? Percentile(double part)
    {
        var all = _latencies.Sum();
        if (all == 0)
        {
            return null;
        }

        var (rank, below) = (part * all, 0L);
        for (var i = 0; i < Buckets; i++)
        {
            if (_latencies[i] > 0 && below + _latencies[i] >= rank)
            {
                var (from, to) = (i == 0 ? 0 : Math.Pow(2, i - 1), Math.Pow(2, i));
                return (from + ((to - from) * (rank - below) / _latencies[i])) / 10;
            }

            below += _latencies[i];
        }

        return null;
    }
}

/// <summary>One second at one moment.</summary>
/// <param name="At">In seconds of Unix time.</param>
/// <param name="Counts">For each level, <see cref="Figure"/> by figure.</param>
/// <param name="Median">Of the reads' time, in microseconds; null when there were none.</param>
/// <param name="Percentile95">The same, of which 95 % took less.</param>
internal sealed record SecondFigures(long At, long[] Counts, double? Median, double? Percentile95);
