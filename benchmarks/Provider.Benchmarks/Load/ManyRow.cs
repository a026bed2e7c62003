using System.Diagnostics;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Load;

/// <summary>One asynchronous caller who asks for all keys in one call. An operation is one key, so that the row compares with the others.</summary>
internal sealed class ManyRow(string name, string baseline, IMemcachedClient client, Workload workload) : Row(name, baseline, callers: 1)
{
    /// <summary>How many keys a call names.</summary>
    public const int Keys = Workload.Keys;

    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(until));

    private async Task<long> LoopAsync(long until)
    {
        var latencies = Latencies[0];
        var keys = Enumerable.Range(0, Keys).Select(workload.Key).ToArray();
        var count = 0L;
        for (var before = Stopwatch.GetTimestamp(); before < until; count += Keys)
        {
            var found = await client.GetManyAsync(keys);
            if (found.Count != Keys)
            {
                throw new InvalidDataException("The cache did not answer as expected.");
            }

            var after = Stopwatch.GetTimestamp();
            latencies.Add(after - before, Keys);
            before = after;
        }

        return count;
    }
}
