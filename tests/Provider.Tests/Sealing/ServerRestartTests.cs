using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class ServerRestartTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    // For a machine that is busy with other tests.
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task A_server_that_is_killed_and_comes_back_costs_its_callers_misses_and_no_exceptions()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var process = CacheProcess.On(server, configure: options => options.Timeout = s_timeout);
        var faults = new ConcurrentQueue<Exception>();
        var longest = 0L;
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var address = Addresses.Scope().Entry($"worker:{worker}");
            while (!stop.IsCancellationRequested)
            {
                var started = Stopwatch.GetTimestamp();
                try
                {
                    await OperateAsync(process, address, worker);
                }
                catch (Exception fault)
                {
                    faults.Enqueue(fault);
                }

                InterlockedMax(ref longest, Stopwatch.GetElapsedTime(started).Ticks);
                await Task.Yield();
            }
        })).ToArray();
        var probe = Addresses.Scope().Entry("probe");
        for (var round = 0; round < 2; round++)
        {
            await Eventually.TrueAsync(async () => await process.Sealed.WriteAsync(probe, 1, new EntryWrite()) == WriteOutcome.Stored);
            server.Kill();
            await Eventually.TrueAsync(async () => (await process.Sealed.ReadAsync<int>(probe)).Outcome == ReadOutcome.Unavailable);

            await server.RestartAsync();
            var back = Stopwatch.GetTimestamp();
            await Eventually.TrueAsync(async () => await process.Sealed.WriteAsync(probe, 1, new EntryWrite()) == WriteOutcome.Stored);
            Assert.InRange(Stopwatch.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(1) + s_slack);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(faults);
        Assert.InRange(TimeSpan.FromTicks(longest), TimeSpan.Zero, s_timeout + s_slack);
    }

    [Fact]
    public async Task A_server_that_stops_answering_costs_its_callers_the_timeout_at_most()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var process = CacheProcess.On(server, configure: options => options.Timeout = s_timeout);
        var address = Addresses.Scope().Entry("account:1");
        await process.Sealed.WriteAsync(address, 1, new EntryWrite());
        server.Pause();

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ReadOutcome.Unavailable, (await process.Sealed.ReadAsync<int>(address)).Outcome);
        Assert.InRange(Stopwatch.GetElapsedTime(started), s_timeout * 0.9, s_timeout + s_slack);

        server.Resume();
        await Eventually.TrueAsync(async () => (await process.Sealed.ReadAsync<int>(address)).Found);
    }

    private static async Task OperateAsync(CacheProcess process, EntryAddress address, int worker)
    {
        switch (worker % 4)
        {
            case 0:
                await process.Sealed.WriteAsync(address, worker, new EntryWrite());
                await process.Sealed.ReadAsync<int>(address);
                break;
            case 1:
                await process.Sealed.ReadManyAsync<int>([address, address]);
                await process.Sealed.RemoveManyAsync([address]);
                break;
            case 2:
                await process.Distributed.SetAsync("shared", [1, 2, 3], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(1) });
                await process.Distributed.GetAsync("shared");
                break;
            default:
                await process.Distributed.RefreshAsync("shared");
                Block(() => process.Distributed.Get("shared"));
                break;
        }
    }

    private static void Block(Action call) => call();

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            seen = before == seen ? value : before;
        }
    }
}
