using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

public sealed class StoppedWinnerTests
{
    private const string Options = $"callers=8 lease=1000 {NodeCaches.StaleFor}";

    [Theory]
    [InlineData(Entry.Absent)]
    [InlineData(Entry.Stale)]
    [InlineData(Entry.Cleared)]
    public async Task A_process_that_stood_still_for_longer_than_its_lease_is_passed_by_and_stores_nothing_over_what_came_after(Entry entry)
    {
        await using var fleet = await FleetOfNodes.StartAsync(nodes: 3);
        var caches = fleet.NewCustomer();
        await caches.SeedAsync(entry);
        var late = caches[0].Get(NodeCaches.Key, $"{Options} gate=go");
        await late.Started.InTime();

        caches[0].Node.Pause();
        var value = await caches[1..].GoOnAsync(Options);
        caches[0].Node.Resume();
        await caches[0].OpenAsync("go");

        Assert.DoesNotContain(value, await late.ValuesAsync());
        Assert.Equal(1, late.Runs);
        Assert.Equal(value, await caches.ReadAllAsync());
    }
}
