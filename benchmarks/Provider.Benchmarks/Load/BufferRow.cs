using System.Buffers;
using System.Diagnostics;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Load;

/// <summary>Asynchronous callers who read into a buffer of their own, so that no value need be allocated.</summary>
internal sealed class BufferRow(string name, string baseline, int callers, IMemcachedClient client, Workload workload) : Row(name, baseline, callers)
{
    private const int Timed = 4;

    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(caller, until));

    private async Task<long> LoopAsync(int caller, long until)
    {
        var latencies = Latencies[caller];
        var buffer = new ArrayBufferWriter<byte>(workload.Value.Length);
        var count = 0L;
        for (var before = 0L; before < until; count++)
        {
            var isTimed = count % Timed == 0;
            before = isTimed ? Stopwatch.GetTimestamp() : before;
            buffer.ResetWrittenCount();
            if (!await client.GetAsync(workload.Key((caller + (int)count) % Workload.Keys), buffer) || buffer.WrittenCount != workload.Value.Length)
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
