using System.Diagnostics;

namespace Provider.Benchmarks.Load;

/// <summary>What a row of one run came to.</summary>
internal readonly record struct Figures(double OperationsPerSecond, double P50, double P99, double BytesPerOperation, double CpuPerOperation);

/// <summary>One kind of load, run again and again among the others.</summary>
internal abstract class Row(string name, string baseline, int callers) : IDisposable
{
    private readonly long[] _operations = new long[callers];

    public string Name => name;

    /// <summary>The name of the raw row that this one is compared with.</summary>
    public string Baseline => baseline;

    public List<Figures> Runs { get; } = [];

    protected int Callers => callers;

    protected Latencies[] Latencies { get; } = [.. Enumerable.Range(0, callers).Select(static _ => new Latencies())];

    public async Task<Figures> RunAsync(TimeSpan duration)
    {
        Array.ForEach(Latencies, static latencies => latencies.Clear());
        GC.Collect();
        var (bytes, cpu, start) = (GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var until = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller => _operations[caller] = await StartAsync(caller, until)));
        var elapsed = Stopwatch.GetElapsedTime(start);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;

        var all = new Latencies();
        Array.ForEach(Latencies, all.Add);
        double count = _operations.Sum();
        return new Figures(count / elapsed.TotalSeconds, all.Microseconds(0.5), all.Microseconds(0.99), bytes / count, cpu.TotalMicroseconds / count);
    }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Works as one caller until the timestamp, and returns how many operations it did.</summary>
    protected abstract Task<long> StartAsync(int caller, long until);
}
