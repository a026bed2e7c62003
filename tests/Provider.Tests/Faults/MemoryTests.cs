using System.Diagnostics;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;

namespace Provider.Tests.Faults;

/// <summary>What faults take of this process they give back.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryTests(SharedMemcached shared) : IClassFixture<SharedMemcached>
{
    private const int Tolerance = 4 << 20;
    private const int Callers = 8;

    [Fact]
    public async Task Memory_and_threads_are_what_they_were_once_the_faults_are_over()
    {
        await using var scene = new FaultScene(shared.Server.EndPoint, seed: 21, callers: Callers);

        // Also what is only made once something goes wrong.
        await RunAsync(scene, Fault.Stall(), Fault.CutWithin(2000, resets: true));
        var (bytes, threads) = (LiveMemory.Bytes(), Process.GetCurrentProcess().Threads.Count);
        await RunAsync(scene, Fault.Stall(), Fault.Lose(), Fault.CutWithin(2000, resets: true), Fault.Drip(TimeSpan.FromMilliseconds(1)), Fault.SwapOneOf(10), Fault.Stall());

        await Eventually.TrueAsync(() => LiveMemory.Bytes() <= bytes + Tolerance);
        await Eventually.TrueAsync(() => Process.GetCurrentProcess().Threads.Count <= threads + 4);
        await scene.FinishAsync();
    }

    /// <summary>Callers under one fault after another, who have all gone home in the end.</summary>
    private static async Task RunAsync(FaultScene scene, params Fault[] faults)
    {
        await scene.StartAsync();
        foreach (var fault in faults)
        {
            scene.Proxy.Replies.Fault = fault;
            await scene.CallAsync(Callers);
            scene.Proxy.Heal();
            await scene.RecoverAsync();
        }

        await Task.WhenAll(scene.Loads.Select(load => load.StopAsync()));
    }
}
