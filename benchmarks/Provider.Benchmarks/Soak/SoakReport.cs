using System.Diagnostics;
using Provider.Tests.Faults;

namespace Provider.Benchmarks.Soak;

/// <summary>What a soak saw.</summary>
internal sealed class SoakReport(CheckedLoad[] loads)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _misfortunes = new(StringComparer.Ordinal);
    private TimeSpan _longestRecovery;
    private string _slowest = "";
    private long _bytesBefore;
    private int _threadsBefore;

    public void Count(string misfortune)
    {
        lock (_lock)
        {
            _misfortunes[misfortune] = _misfortunes.GetValueOrDefault(misfortune) + 1;
        }
    }

    public void Recovered(string cache, TimeSpan took)
    {
        lock (_lock)
        {
            if (took > _longestRecovery)
            {
                (_longestRecovery, _slowest) = (took, cache);
            }
        }
    }

    /// <summary>After a warm-up: what memory is compared with.</summary>
    public void Begin()
    {
        (_bytesBefore, _threadsBefore) = (LiveMemory.Bytes(), Threads());
        _longestRecovery = TimeSpan.Zero;
    }

    public int End(string[] unobserved)
    {
        string[] wrong = [.. loads.SelectMany(static load => load.Wrong)];
        string[] late = [.. loads.SelectMany(static load => load.Late)];
        Console.WriteLine();
        Console.WriteLine("| face | checked reads | values | damaged, and handed out as they came | wrong | late | most beyond the timeout |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var load in loads)
        {
            Console.WriteLine(
                $"| {load.Cache.Name} | {load.Reads:N0} | {load.Hits:N0} | {load.Damaged:N0} | {load.Wrong.Count} | {load.Late.Count} | {load.Latest.TotalMilliseconds:0} ms |");
        }

        Console.WriteLine();
        Console.WriteLine($"checked reads: {loads.Sum(static load => load.Reads):N0}, of them values: {loads.Sum(static load => load.Hits):N0}");
        Console.WriteLine($"wrong values: {wrong.Length}");
        Console.WriteLine($"calls beyond timeout + {CheckedLoad.Slack.TotalMilliseconds:0} ms: {late.Length}");
        Console.WriteLine($"unobserved exceptions: {unobserved.Length}");
        Console.WriteLine($"memory before and after: {_bytesBefore / 1024:N0} KB, {LiveMemory.Bytes() / 1024:N0} KB; threads: {_threadsBefore}, {Threads()}");
        Console.WriteLine($"longest recovery: {_longestRecovery.TotalMilliseconds:0} ms ({_slowest})");
        Console.WriteLine("misfortunes: " + string.Join("; ", _misfortunes.Select(static one => $"{one.Key} {one.Value}")));
        foreach (var one in wrong.Take(5).Concat(late.Take(5)).Concat(unobserved.Take(2)))
        {
            Console.WriteLine(one);
        }

        return wrong.Length + unobserved.Length > 0 ? 1 : 0;
    }

    private static int Threads() => Process.GetCurrentProcess().Threads.Count;
}
