using System.Diagnostics;

namespace Provider.Benchmarks.Load;

/// <summary>Asynchronous callers, each with one operation at a time, over the whole of the code under test.</summary>
internal sealed class CallersRow(string name, string baseline, int callers, Func<int, ValueTask> operation) : Row(name, baseline, callers)
{
    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(caller, until));

    private async Task<long> LoopAsync(int caller, long until)
    {
        var latencies = Latencies[caller];
        var count = 0L;
        for (var before = Stopwatch.GetTimestamp(); before < until; count++)
        {
            await operation((caller + (int)count) % Workload.Keys);
            var after = Stopwatch.GetTimestamp();
            latencies.Add(after - before);
            before = after;
        }

        return count;
    }
}
