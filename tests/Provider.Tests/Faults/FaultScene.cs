using System.Diagnostics;
using System.Net;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Faults;

/// <summary>Applications that call their caches through proxies, one before each server, while faults come and go.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    /// <summary>Short, so that what lasts several timeouts is over soon.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_steady = TimeSpan.FromMilliseconds(40);

    private readonly List<CacheProcess> _processes = [];
    private readonly UnobservedExceptions _unobserved = new();
    private readonly Standstill _standstill = new();
    private bool _isDisposed;

    public FaultScene(EndPoint server, int seed, Func<CheckedCache, bool>? plays = null, int callers = 2)
        : this([server], seed, plays, callers)
    {
    }

    public FaultScene(EndPoint[] servers, int seed, Func<CheckedCache, bool>? plays = null, int callers = 2)
    {
        Proxies = [.. servers.Select((server, i) => new FaultProxy(server, seed + i))];
        var scope = Addresses.UniqueScope();
        var lenient = Start(encrypt: true, OnFailure.Miss);
        CheckedCache[] caches =
        [
            new RawFace(lenient.Client),
            new SealedFace(lenient.Sealed, scope),
            new FreshFace(lenient.Fresh, scope.WithView("fresh")),
            new DistributedFace(Start(encrypt: true, OnFailure.Throw).Distributed, "distributed"),
            new DistributedFace(Start(encrypt: false, OnFailure.Throw).Distributed, "distributed, plain"),
        ];
        CheckedCache blocking = new BlockingFace(_processes[1].Distributed, "blocking");
        Loads = [.. caches.Append(blocking).Where(plays ?? (static _ => true)).Select(cache => new CheckedLoad(cache, Timeout, _standstill, callers, seed))];
    }

    public FaultProxy[] Proxies { get; }

    /// <summary>The only one.</summary>
    public FaultProxy Proxy => Proxies.Single();

    public CheckedLoad[] Loads { get; }

    public long Reads => Loads.Sum(load => load.Reads);

    public long Hits => Loads.Sum(load => load.Hits);

    public IEnumerable<CacheProcess> Processes => _processes;

    /// <summary>Starts the callers, and waits until all of them read values.</summary>
    public async Task StartAsync()
    {
        Array.ForEach(Loads, load => load.Start());
        await HitAsync(50);
    }

    /// <summary>Every load, or each of those chosen, reads so many values more.</summary>
    public async Task HitAsync(int hits, Func<CheckedCache, bool>? of = null)
    {
        var loads = Array.FindAll(Loads, load => of?.Invoke(load.Cache) ?? true);
        var before = Array.ConvertAll(loads, load => load.Hits);
        await UntilAsync(() => loads.Select((load, i) => load.Hits - before[i]).Min() >= hits);
    }

    /// <summary>Every load calls so often more, whatever comes of it.</summary>
    public async Task CallAsync(int calls)
    {
        var before = Array.ConvertAll(Loads, load => load.Reads);
        await UntilAsync(() => Loads.Select((load, i) => load.Reads - before[i]).Min() >= calls);
    }

    /// <summary>What happened is over: within a second every cache stores and finds again.</summary>
    public async Task RecoverAsync()
    {
        var began = Stopwatch.GetTimestamp();

        // Several keys, so that all servers are asked.
        var keys = Proxies.Length == 1 ? 1 : 8;
        await Task.WhenAll(Loads.SelectMany((load, i) => Enumerable.Range(0, keys).Select(key => RecoverAsync(load.Cache, $"recovery:{i}:{key}", began))));
        await HitAsync(20);
    }

    /// <summary>
    /// Plays a scene on a server through a proxy, and looks at everything that its callers saw. A machine so busy that threads stood still proves nothing about how long a call takes:
    /// then the scene is played again, a few times at most.
    /// </summary>
    public static async Task PlayAsync(Func<FaultScene> create, Func<FaultScene, Task> play)
    {
        const int times = 3;
        for (var time = 1; ; time++)
        {
            await using var scene = create();
            await scene.StartAsync();
            await play(scene);
            await scene.FinishAsync();
            if (time == times || scene._standstill.Longest < s_steady || scene.Loads.All(load => load.Late.IsEmpty))
            {
                Assert.All(scene.Loads, load => Assert.Empty(load.Late.Take(3)));
                return;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"Threads stood still for up to {scene._standstill.Longest.TotalMilliseconds:0} ms.");
        }
    }

    /// <summary>Ends the callers, and looks whether what they saw was right.</summary>
    public async Task FinishAsync()
    {
        await Task.WhenAll(Loads.Select(load => load.StopAsync()));
        Assert.All(Loads, load => Assert.Empty(load.Wrong.Take(3)));
        await DisposeAsync();
        var unobserved = _unobserved.Take();
        Assert.True(unobserved.Length == 0, $"{unobserved.Length} exceptions that nobody looked at: {unobserved.FirstOrDefault()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await Task.WhenAll(Loads.Select(load => load.StopAsync()));
        _processes.ForEach(process => process.Dispose());
        Array.ForEach(Proxies, static proxy => proxy.Dispose());
        _standstill.Dispose();
        _unobserved.Dispose();
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        var waiting = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waiting.Elapsed < Eventually.Patience, "The callers are stuck. " + string.Join("; ", Loads.Select(load => load.ToString())));
            await Task.Delay(5);
        }
    }

    private async Task RecoverAsync(CheckedCache cache, string key, long began)
    {
        var value = CheckedValue.Make(key, 1, 200);
        await Eventually.TrueAsync(async () => await cache.WriteAsync(key, value) && await cache.ReadAsync(key) is { } found && found.AsSpan().SequenceEqual(value));
        var ended = Stopwatch.GetTimestamp();
        var took = Stopwatch.GetElapsedTime(began, ended) - _standstill.Between(began, ended);
        Assert.True(took <= s_recovery, $"{cache.Name} was back after {took.TotalMilliseconds:0} ms.");
    }

    private CacheProcess Start(bool encrypt, OnFailure onFailure)
    {
        var process = new CacheProcess(options =>
        {
            options.Servers = [.. Proxies.Select(static proxy => MemcachedEndpoint.Tcp(proxy.Host, proxy.Port))];
            (options.Encrypt, options.OnFailure) = (encrypt, onFailure);
            options.Timeout = options.ConnectTimeout = Timeout;
        });
        _processes.Add(process);
        return process;
    }
}
