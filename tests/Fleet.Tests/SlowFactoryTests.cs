using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

/// <summary>Factories that take four times as long as their lease.</summary>
public sealed class SlowFactoryTests(SharedFleet shared)
{
    [Fact]
    public Task A_process_that_lives_keeps_its_lease_however_long_its_factory_takes() => OnASteadyMachineAsync(async (caches, options) =>
    {
        var gets = await caches.GetAllAsync(options);
        await Task.WhenAll(gets.Select(get => get.ValuesAsync()));
        return gets;
    });

    [Fact]
    public Task A_process_that_lives_keeps_its_lease_on_a_stale_value_however_long_its_factory_takes() => OnASteadyMachineAsync(async (caches, options) =>
    {
        await caches.SeedAsync(Entry.Stale);
        var gets = await caches.GetAllAsync(options);
        var winner = gets[await gets.WinnerAsync()];
        await Eventually.TrueAsync(async () =>
        {
            var later = await caches.GetAllAsync(options);
            gets = [.. gets, .. later];
            await Task.WhenAll(later.Where(get => get.Runs == 0).Select(get => get.ValuesAsync()));
            return winner.Done.IsCompleted;
        });
        return gets;
    });

    /// <summary>
    /// Asserts that one factory ran. A machine so busy that a process stands still for a good part of its lease proves nothing, and then the lease is longer the next time.
    /// </summary>
    private async Task OnASteadyMachineAsync(Func<NodeCache[], string, Task<NodeOrder[]>> run)
    {
        const int longest = 5000;
        foreach (var lease in (int[])[1000, 2500, longest])
        {
            var caches = shared.Fleet.NewCustomer();
            await SilenceAsync(caches);
            var gets = await run(caches, $"callers=8 factoryMs={4 * lease} lease={lease} {NodeCaches.StaleFor}");
            var silence = await SilenceAsync(caches);
            var (runs, value) = (gets.Sum(get => get.Runs), await caches.ReadAllAsync());
            if (runs > 1 && silence > lease / 3 && lease < longest)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"With a lease of {lease} ms, a process stood still for {silence} ms.");
                continue;
            }

            Assert.True(runs == 1, $"{runs} factories ran, and no process stood still for more than {silence} ms.");
            Assert.NotEqual(NodeCaches.Old, value, StringComparer.Ordinal);
            return;
        }
    }

    private static async Task<int> SilenceAsync(NodeCache[] caches)
    {
        var answers = await Task.WhenAll(caches.Select(cache => cache.AskAsync("silence")));
        return answers.Max(answer => int.Parse(answer["ms"]));
    }
}
