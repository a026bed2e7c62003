using Microsoft.Extensions.Caching.Distributed;
using ScopedCaching;
using ScopedCaching.Memcached;

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
        await CompareCreatingAsync(server, arguments);
        Console.WriteLine($"Load average at the end: {Machine.LoadAverage}.");
    }

    /// <summary>A get-or-create that hits, beside the two reads that it cannot do without: of its entry, and of a generation, pipelined.</summary>
    private static async Task CompareCreatingAsync(MemcachedProcess server, Arguments arguments)
    {
        await using var caches = new Caches(options => options.Servers = [server.EndPoint]);
        var stack = caches.Scoped.Create("customer-17").StackCache;
        var scope = new EntryScope("bench", "raw", "customer-17", "customer-17");
        var value = new byte[Size];
        new Random(Size).NextBytes(value);
        var keys = Enumerable.Range(0, Workload.Keys).Select(i => KeyOf("created", i)).ToArray();
        foreach (var key in keys)
        {
            await stack.SetAsync(key, value, TimeSpan.FromHours(1));
            await caches.Sealed.WriteAsync(scope.Entry(key), value, new EntryWrite { Life = new EntryLife(TimeSpan.FromHours(1)) });
        }

        await caches.Client.SetAsync("generation", new byte[220]);
        await MeasureAsync(PlainAsync, keys, arguments.Operations);
        await MeasureAsync(CreatedAsync, keys, arguments.Operations);
        var (plains, createds) = (new List<double>(), new List<double>());
        for (var run = 0; run < (arguments.Runs ?? DefaultRuns); run++)
        {
            plains.Add(await MeasureAsync(PlainAsync, keys, arguments.Operations));
            createds.Add(await MeasureAsync(CreatedAsync, keys, arguments.Operations));
        }

        Console.WriteLine("| hit of 1 KB, encrypted, 16 callers | CPU µs/op |");
        Console.WriteLine("|---|---:|");
        Console.WriteLine($"| sealed read of the entry, and a pipelined get of 220 B | {LoadTable.Median(plains):0.00} |");
        Console.WriteLine($"| `GetOrCreateAsync` | {LoadTable.Median(createds):0.00} |");
        Console.WriteLine($"| ratio, median of {plains.Count} runs | {LoadTable.Median(createds.Zip(plains, static (one, other) => one / other)):0.00} |");
        Console.WriteLine();

        async ValueTask<int> PlainAsync(string key)
        {
            var entry = caches.Sealed.ReadAsync<byte[]>(scope.Entry(key));
            var generation = caches.Client.GetAsync("generation");
            var length = (await entry).Value!.Length;
            return (await generation).Found ? length : 0;
        }

        async ValueTask<int> CreatedAsync(string key) =>
            (await stack.GetOrCreateAsync(key, 0, static (_, _) => new ValueTask<byte[]>([]), CachePolicy.Default, CancellationToken.None)).Length;
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

    private static Task<double> MeasureAsync(IDistributedCache cache, string kind, int operations) => MeasureAsync(
        async key => (await cache.GetAsync(key))?.Length ?? 0, [.. Enumerable.Range(0, Workload.Keys).Select(i => KeyOf(kind, i))], operations);

    private static async Task<double> MeasureAsync(Func<string, ValueTask<int>> read, string[] keys, int operations)
    {
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < operations; i += Callers)
            {
                if (await read(keys[i / Callers % keys.Length]) != Size)
                {
                    throw new InvalidDataException("A value did not come back.");
                }
            }
        })));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / operations;
    }

    private static string KeyOf(string kind, int index) => $"{kind}:{index:0000}";
}
