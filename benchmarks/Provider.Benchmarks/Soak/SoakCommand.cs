using System.Diagnostics;
using Provider.Benchmarks.Load;
using Provider.Tests.Faults;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Soak;

/// <summary>
/// Minutes of callers on all faces of the cache, who check everything that they read, while misfortunes befall their servers and the network. The last quarter of the time the
/// network also changes requests.
/// </summary>
internal static class SoakCommand
{
    private const int Callers = 6;
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    /// <returns>The exit code: 1 when a value was wrong, or an exception was observed by nobody.</returns>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        if (arguments.Fuzz)
        {
            return await FuzzSoak.RunAsync(arguments.Seed, arguments.SoakTime);
        }

        Console.WriteLine($"Seed {arguments.Seed}, {arguments.Servers} servers, timeout {s_timeout.TotalMilliseconds:0} ms, load average {Machine.LoadAverage}.");
        using var unobserved = new UnobservedExceptions();
        using var standstill = new Standstill();
        await using var servers = await SoakServers.StartAsync(arguments.Servers, arguments.Seed);
        await using var lenient = Start(servers, encrypt: true, OnFailure.Miss);
        await using var strict = Start(servers, encrypt: true, OnFailure.Throw);
        await using var plain = Start(servers, encrypt: false, OnFailure.Throw);
        var scope = new EntryScope("soak", "stack", "customer", "customer");
        CheckedCache[] caches =
        [
            new RawFace(lenient.Client),
            new SealedFace(lenient.Sealed, scope),
            new FreshFace(lenient.Fresh, scope.WithView("fresh")),
            new DistributedFace(strict.Distributed, "distributed"),
            new DistributedFace(plain.Distributed, "distributed, plain"),
            new BlockingFace(plain.Distributed, "blocking"),
        ];
        CheckedLoad[] loads = [.. caches.Select((cache, i) => new CheckedLoad(cache, s_timeout, standstill, Callers, arguments.Seed + i))];
        var report = new SoakReport(loads);
        var misfortunes = new Misfortunes(servers, loads, new Random(arguments.Seed), standstill, report);

        // Also what is only made once something goes wrong.
        await PlayAsync(loads, misfortunes, s_warmUp, changesRequests: false);
        report.Begin();
        await PlayAsync(loads, misfortunes, arguments.SoakTime * 0.75, changesRequests: false);
        await PlayAsync([.. loads.Where(load => load.Cache.TellsDamage)], misfortunes, arguments.SoakTime * 0.25, changesRequests: true);
        return report.End(unobserved.Take());
    }

    private static async Task PlayAsync(CheckedLoad[] loads, Misfortunes misfortunes, TimeSpan time, bool changesRequests)
    {
        foreach (var load in loads)
        {
            load.IsAgeUnknown = changesRequests;
            load.Start();
        }

        var playing = Stopwatch.StartNew();
        while (playing.Elapsed < time)
        {
            await misfortunes.BefallAsync(changesRequests);
        }

        await Task.WhenAll(loads.Select(static load => load.StopAsync()));
    }

    private static Caches Start(SoakServers servers, bool encrypt, OnFailure onFailure) => new(options =>
    {
        options.Servers = [.. servers.Endpoints];
        (options.Encrypt, options.OnFailure) = (encrypt, onFailure);
        options.Timeout = options.ConnectTimeout = s_timeout;
    });
}
