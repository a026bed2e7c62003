using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Transport;

var port = int.Parse(args[0]);
var pool = new OperationPool();
var options = new Mon();
var servers = new ServerPool(options, o => new Node("s", new SocketTransport("127.0.0.1", port, TimeSpan.FromSeconds(1)),
    new ConnectionLimits { ConnectTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(1), QueuedBytes = 32 << 20, QueuedOperations = 16384 }, pool, TimeProvider.System, NullLogger.Instance));
IMemcachedClient client = new MemcachedClient(servers, () => 1 << 20, TimeProvider.System);
Console.WriteLine(await client.VersionAsync());
Console.WriteLine(await client.SetAsync("key:0000000001", new byte[100], TimeSpan.FromMinutes(10)));
var item = await client.GetAsync("key:0000000001");
Console.WriteLine($"{item.Found} {item.Value?.Length} {item.Cas}");
Console.WriteLine((await client.StatsAsync()).Count);
foreach (var callers in new[] { 1, 16, 128, 1, 16, 128, 128 })
{
    var until = Stopwatch.GetTimestamp() + (2 * Stopwatch.Frequency);
    long total = 0;
    var before = GC.GetTotalAllocatedBytes(true);
    var sw = Stopwatch.StartNew();
    var cpu = Process.GetCurrentProcess().TotalProcessorTime;
    await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
    {
        long n = 0;
        while (Stopwatch.GetTimestamp() < until)
        {
            var i = await client.GetAsync("key:0000000001").ConfigureAwait(false);
            if (!i.Found) throw new InvalidOperationException();
            n++;
        }
        Interlocked.Add(ref total, n);
    })));
    var secs = sw.Elapsed.TotalSeconds;
    Console.WriteLine($"{callers} callers: {total / secs:0} gets/s, {(GC.GetTotalAllocatedBytes(true) - before) / (double)total:0} B/get, cpu {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds / secs:0.00}");
}

sealed class Mon : IOptionsMonitor<MemcachedOptions>
{
    public MemcachedOptions CurrentValue { get; } = new();
    public MemcachedOptions Get(string? name) => CurrentValue;
    public IDisposable? OnChange(Action<MemcachedOptions, string?> listener) => null;
}
