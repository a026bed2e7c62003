using System.Diagnostics;

namespace Provider.Benchmarks.Load;

/// <summary>
/// Asynchronous callers, each with one operation at a time, over the whole of the code under test. The loop awaits that code itself: a method
/// between them would add its own allocations.
/// </summary>
internal sealed class CallersRow<T>(string name, string baseline, int callers, Func<int, ValueTask<T>> operation, Func<T, bool> isRight) : Row(name, baseline, callers)
{
    private const int Timed = 4;

    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(caller, until));

    private async Task<long> LoopAsync(int caller, long until)
    {
        var latencies = Latencies[caller];
        var count = 0L;
        for (var before = 0L; before < until; count++)
        {
            // One operation in four is timed: the raw rows, too, read the clock far less often than once an operation.
            var isTimed = count % Timed == 0;
            before = isTimed ? Stopwatch.GetTimestamp() : before;
            if (!isRight(await operation((caller + (int)count) % Workload.Keys)))
            {
                throw new InvalidDataException("The cache did not answer as expected.");
            }

            if (isTimed)
            {
                latencies.Add(Stopwatch.GetTimestamp() - before);
            }
        }

        return count;
    }
}
