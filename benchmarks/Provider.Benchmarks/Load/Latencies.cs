using System.Diagnostics;
using System.Numerics;

namespace Provider.Benchmarks.Load;

/// <summary>How long operations took, in buckets of about 3 %, so that recording one costs an increment. One thread at a time.</summary>
internal sealed class Latencies
{
    private const int Steps = 32;
    private const int StepBits = 5;
    private readonly long[] _counts = new long[40 * Steps];

    public void Add(long ticks, int operations = 1) => _counts[BucketOf(ticks)] += operations;

    public void Add(Latencies other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    public void Clear() => Array.Clear(_counts);

    public double Microseconds(double quantile)
    {
        var left = (long)(_counts.Sum() * quantile);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left < 0)
            {
                return LowerBound(i) * 1e6 / Stopwatch.Frequency;
            }
        }

        return 0;
    }

    private static int BucketOf(long ticks)
    {
        var exponent = Math.Max(0, BitOperations.Log2((ulong)ticks | 1) - StepBits);
        return (exponent * Steps) + (int)Math.Min(ticks >> exponent, (2 * Steps) - 1);
    }

    private static double LowerBound(int bucket) =>
        bucket < 2 * Steps ? bucket : (double)((bucket % Steps) + Steps) * (1L << ((bucket / Steps) - 1));
}
