using System.Diagnostics;
using Provider.Tests.Faults;
using Provider.Tests.RealMemcached;

namespace Provider.Benchmarks.Soak;

/// <summary>What befalls a server or the way to it, by chance, one after another; after each, how long it takes until every face of the cache serves again.</summary>
internal sealed class Misfortunes(SoakServers servers, CheckedLoad[] loads, Random random, Standstill standstill, SoakReport report)
{
    private static readonly TimeSpan s_hopeless = TimeSpan.FromSeconds(30);
    private static readonly string[] s_ofServers = ["killed", "restarted", "paused", "refused", "reset", "closed"];
    private static readonly string[] s_ofNetworks = ["delay", "stall", "half-open", "cut", "reset often", "drip"];
    private static readonly string[] s_ofBytes = ["damage", "doubled bytes", "swapped bytes", "lost packets"];

    private int _keys;

    /// <summary>One misfortune, and a time of peace.</summary>
    public async Task BefallAsync(bool changesRequests)
    {
        var (server, proxy) = servers[random.Next(servers.Count)];
        var time = TimeSpan.FromMilliseconds(random.Next(20, 1500));
        var kind = random.Next(10);
        if (kind < 3 && !changesRequests)
        {
            await BefallAsync(server, proxy, Any(s_ofServers), time);
        }
        else
        {
            // What comes back may be changed at any time; what goes there only while nobody needs to know how old a value is.
            var isReply = !changesRequests && random.Next(2) == 0;
            var name = changesRequests || (isReply && kind > 7) ? Any(s_ofBytes) : Any(s_ofNetworks);
            report.Count($"{name}, {(isReply ? "replies" : "requests")}");
            (isReply ? proxy.Replies : proxy.Requests).Fault = Named(name);
            await Task.Delay(time);
        }

        proxy.Heal();

        // Several keys, so that all servers are asked.
        var caches = loads.Where(load => !changesRequests || load.Cache.TellsDamage).Select(static load => load.Cache);
        await Task.WhenAll(caches.SelectMany(cache => Enumerable.Range(0, servers.Count == 1 ? 1 : 8).Select(_ => RecoverAsync(cache))));
        await Task.Delay(random.Next(50, 1500));
    }

    private async Task BefallAsync(RealMemcachedServer server, FaultProxy proxy, string name, TimeSpan time)
    {
        report.Count(name);
        switch (name)
        {
            case "killed":
                server.Kill();
                await Task.Delay(time);
                await server.RestartAsync();
                break;
            case "restarted":
                await server.RestartAsync();
                break;
            case "paused":
                server.Pause();
                await Task.Delay(time);
                server.Resume();
                break;
            case "refused":
                proxy.Refuse();
                proxy.Cut(resets: random.Next(2) == 0);
                await Task.Delay(time);
                break;
            default:
                proxy.Cut(resets: name is "reset");
                break;
        }
    }

    private async Task RecoverAsync(CheckedCache cache)
    {
        var key = $"recovery:{Interlocked.Increment(ref _keys)}";
        var value = CheckedValue.Make(key, 1, 200);
        var began = Stopwatch.GetTimestamp();
        while (!(await cache.WriteAsync(key, value) && await cache.ReadAsync(key) is { } found && found.AsSpan().SequenceEqual(value)))
        {
            if (Stopwatch.GetElapsedTime(began) > s_hopeless)
            {
                throw new InvalidOperationException($"{cache.Name} does not come back.");
            }

            await Task.Delay(10);
        }

        var ended = Stopwatch.GetTimestamp();
        report.Recovered(cache.Name, Stopwatch.GetElapsedTime(began, ended) - standstill.Between(began, ended));
    }

    private string Any(string[] names) => names[random.Next(names.Length)];

    private Fault Named(string name) => name switch
    {
        "delay" => Fault.Delay(TimeSpan.FromMilliseconds(random.Next(1, 300))),
        "stall" => Fault.Stall(),
        "half-open" => Fault.Lose(),
        "cut" => Fault.CutWithin(random.Next(100, 50_000), resets: false),
        "reset often" => Fault.CutWithin(random.Next(100, 50_000), resets: true),
        "drip" => Fault.Drip(TimeSpan.FromMilliseconds(1)),
        "damage" => Fault.FlipOneOf(random.Next(200, 20_000)),
        "doubled bytes" => Fault.DuplicateOneOf(random.Next(2, 100)),
        "swapped bytes" => Fault.SwapOneOf(random.Next(2, 100)),
        _ => Fault.DropOneOf(random.Next(2, 100)),
    };
}
