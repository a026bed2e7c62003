using Microsoft.Extensions.Caching.Distributed;

namespace Provider.Benchmarks.Load;

/// <summary>
/// What encryption costs: CPU of the whole process (all its threads, user and system) for gets of 1 KB through <see cref="IDistributedCache"/>,
/// compression off, encrypted and plain by turns.
/// </summary>
internal static class CpuCommand
{
    private const int DefaultRuns = 9;
    private const int Callers = 16;
    private const int Size = 1024;

    public static async Task RunAsync(Arguments arguments)
    {
        using var server = MemcachedProcess.StartOrUse(arguments.Server);
        await using var plain = new Caches(options => (options.Servers, options.Encrypt, options.Compress) = ([server.EndPoint], false, false));
        await using var encrypted = new Caches(options => (options.Servers, options.Compress) = ([server.EndPoint], false));
        Machine.Describe(server.Description, await plain.Client.VersionAsync());
        await FillAsync(plain.Distributed, "plain");
        await FillAsync(encrypted.Distributed, "encrypted");

        // Warms up, too.
        await MeasureAsync(plain.Distributed, "plain", arguments.Operations);
        await MeasureAsync(encrypted.Distributed, "encrypted", arguments.Operations);
        var (plains, encrypteds) = (new List<double>(), new List<double>());
        for (var run = 0; run < (arguments.Runs ?? DefaultRuns); run++)
        {
            plains.Add(await MeasureAsync(plain.Distributed, "plain", arguments.Operations));
            encrypteds.Add(await MeasureAsync(encrypted.Distributed, "encrypted", arguments.Operations));
        }

        Console.WriteLine("| get of 1 KB, 16 callers | CPU µs/op |");
        Console.WriteLine("|---|---:|");
        Console.WriteLine($"| plain | {LoadTable.Median(plains):0.00} |");
        Console.WriteLine($"| encrypted | {LoadTable.Median(encrypteds):0.00} |");
        Console.WriteLine($"| encrypted − plain, median of {plains.Count} runs | {LoadTable.Median(encrypteds.Zip(plains, static (one, other) => one - other)):0.00} |");
        Console.WriteLine();
        Console.WriteLine($"Load average at the end: {Machine.LoadAverage}.");
    }

    private static async Task FillAsync(IDistributedCache cache, string kind)
    {
        var value = new byte[Size];
        new Random(Size).NextBytes(value);
        for (var i = 0; i < Workload.Keys; i++)
        {
            await cache.SetAsync(KeyOf(kind, i), value, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });
        }
    }

    private static async Task<double> MeasureAsync(IDistributedCache cache, string kind, int operations)
    {
        var keys = Enumerable.Range(0, Workload.Keys).Select(i => KeyOf(kind, i)).ToArray();
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < operations; i += Callers)
            {
                if ((await cache.GetAsync(keys[i / Callers % keys.Length]))?.Length != Size)
                {
                    throw new InvalidDataException("A value did not come back.");
                }
            }
        })));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / operations;
    }

    private static string KeyOf(string kind, int index) => $"{kind}:{index:0000}";
}
