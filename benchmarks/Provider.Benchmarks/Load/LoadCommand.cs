using Microsoft.Extensions.Caching.Distributed;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Load;

/// <summary>All rows by turns, several times over, so that what else the machine does hits all of them; then the medians.</summary>
internal static class LoadCommand
{
    private const int DefaultRuns = 5;
    private const int EntrySize = 100;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);
    private static readonly int[] s_callers = [1, 16, 128];

    public static async Task RunAsync(Arguments arguments)
    {
        using var server = MemcachedProcess.StartOrUse(arguments.Server);
        await using var plain = new Caches(options => (options.Servers, options.Encrypt) = ([server.EndPoint], false));
        await using var twoConnections = new Caches(options => (options.Servers, options.ConnectionsPerServer) = ([server.EndPoint], 2));
        await using var encrypted = new Caches(options => options.Servers = [server.EndPoint]);
        Machine.Describe(server.Description, await plain.Client.VersionAsync());

        var rows = await PrepareAsync(server, plain, twoConnections, encrypted);
        var baselines = rows.Where(row => row.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase)).Select(static row => row.Baseline).ToHashSet(StringComparer.Ordinal);
        rows.RemoveAll(row => !row.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase) && !baselines.Contains(row.Name));
        foreach (var row in rows)
        {
            await row.RunAsync(s_warmUp);
        }

        for (var run = 0; run < (arguments.Runs ?? DefaultRuns); run++)
        {
            foreach (var row in rows)
            {
                row.Runs.Add(await row.RunAsync(arguments.Duration));
            }

            await Console.Error.WriteLineAsync($"run {run + 1} done, load average {Machine.LoadAverage}");
        }

        LoadTable.Print(rows);
        rows.ForEach(static row => row.Dispose());
    }

    private static async Task<List<Row>> PrepareAsync(MemcachedProcess server, Caches plain, Caches twoConnections, Caches encrypted)
    {
        var rows = new List<Row>();
        foreach (var workload in (IEnumerable<Workload>)[new(isSet: false, 100), new(isSet: true, 100), new(isSet: false, 10 << 10), new(isSet: true, 10 << 10)])
        {
            await workload.FillAsync(plain.Client);
            var baseline = $"{workload.Name}, raw 1 × 64";
            rows.Add(new RawRow($"{workload.Name}, raw 1 × 1", baseline, connections: 1, workload, outstanding: 1, server));
            rows.Add(new RawRow(baseline, baseline, connections: 1, workload, outstanding: 64, server));
            rows.Add(new RawRow($"{workload.Name}, raw 2 × 64", baseline, connections: 2, workload, outstanding: 64, server));
            rows.Add(new RawAsyncRow($"{workload.Name}, raw async 1 × 1", baseline, workload, server));
            rows.AddRange(s_callers.Select(callers => ClientRow($"{workload.Name}, client, {callers}", baseline, callers, plain.Client, workload)));
        }

        var gets = new Workload(isSet: false, EntrySize);
        rows.AddRange(s_callers.Select(callers => new BufferRow($"{gets.Name}, client into a buffer, {callers}", $"{gets.Name}, raw 1 × 64", callers, plain.Client, gets)));
        AddMany(rows, server, gets, plain.Client, twoConnections.Client);
        await AddDistributedAsync(rows, "plain", plain.Distributed, gets, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });
        await AddDistributedAsync(rows, "sliding", plain.Distributed, gets, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromHours(1) });
        await AddDistributedAsync(rows, "encrypted", encrypted.Distributed, gets, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });
        return rows;
    }

    /// <summary>One caller who asks for a hundred keys at once; an operation is one key.</summary>
    private static void AddMany(List<Row> rows, MemcachedProcess server, Workload gets, IMemcachedClient one, IMemcachedClient two)
    {
        var baseline = $"{gets.Name} × {ManyRow.Keys}, raw 1 × {ManyRow.Keys}";
        rows.Add(new RawRow(baseline, baseline, connections: 1, gets, outstanding: ManyRow.Keys, server));
        rows.Add(new ManyRow($"{gets.Name} × {ManyRow.Keys}, client, 1 connection", baseline, one, gets));
        rows.Add(new ManyRow($"{gets.Name} × {ManyRow.Keys}, client, 2 connections", baseline, two, gets));
    }

    private static async Task AddDistributedAsync(List<Row> rows, string kind, IDistributedCache cache, Workload workload, DistributedCacheEntryOptions options)
    {
        var keys = Enumerable.Range(0, Workload.Keys).Select(i => $"{kind}:{i:0000}").ToArray();
        foreach (var key in keys)
        {
            await cache.SetAsync(key, workload.Value, options);
        }

        rows.AddRange(s_callers.Select(callers => new CallersRow<byte[]?>(
            $"{workload.Name}, IDistributedCache {kind}, {callers}",
            $"{workload.Name}, raw 1 × 64",
            callers,
            key => new ValueTask<byte[]?>(cache.GetAsync(keys[key])),
            value => value?.Length == workload.Value.Length)));
    }

    private static Row ClientRow(string name, string baseline, int callers, IMemcachedClient client, Workload workload) => workload.IsSet
        ? new CallersRow<bool>(name, baseline, callers, key => client.SetAsync(workload.Key(key), workload.Value), static isStored => isStored)
        : new CallersRow<MemcachedItem>(name, baseline, callers, key => client.GetAsync(workload.Key(key)), item => item.Value?.Length == workload.Value.Length);
}
