using System.Diagnostics;

namespace Provider.Benchmarks.Load;

/// <summary>
/// Asynchronous callers, each with one operation at a time, over the whole of the code under test. The loop awaits that code itself: a method
/// between them would add its own allocations.
/// </summary>
internal sealed class CallersRow<T>(string name, string baseline, int callers, Func<int, ValueTask<T>> operation, Func<T, bool> isRight) : Row(name, baseline, callers)
{
    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(caller, until));

    private async Task<long> LoopAsync(int caller, long until)
    {
        var latencies = Latencies[caller];
        var count = 0L;
        for (var before = Stopwatch.GetTimestamp(); before < until; count++)
        {
            if (!isRight(await operation((caller + (int)count) % Workload.Keys)))
            {
                throw new InvalidDataException("The cache did not answer as expected.");
            }

            var after = Stopwatch.GetTimestamp();
            latencies.Add(after - before);
            before = after;
        }

        return count;
    }
}
