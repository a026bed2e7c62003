using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

public sealed class DeadWinnerTests
{
    // A process that lives may stand still for longer than a second where the machine is busy, and would lose a shorter lease by right.
    private const string Gated = $"callers=64 gate=go lease=3000 {NodeCaches.StaleFor}";

    [Theory]
    [InlineData(Entry.Absent)]
    [InlineData(Entry.Cleared)]
    public async Task A_process_killed_in_mid_factory_costs_those_who_wait_its_lease_and_one_of_them_runs_it(Entry entry)
    {
        await using var fleet = await FleetOfNodes.StartAsync();
        var caches = fleet.NewCustomer();
        await caches.SeedAsync(entry);
        var gets = await caches.GetAllAsync(Gated);
        var winner = await gets.WinnerAsync();
        var (others, waiting) = (Without(caches, winner), Without(gets, winner));
        Assert.Equal(0, waiting.Sum(get => get.Runs));

        caches[winner].Node.Kill();

        await others.OpenAllAsync("go");
        var values = await Task.WhenAll(waiting.Select(get => get.ValueAsync()));
        Assert.Equal(1, waiting.Sum(get => get.Runs));
        Assert.Equal(await others.ReadAllAsync(), Assert.Single(values.Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_process_killed_while_it_refreshes_a_stale_value_costs_its_lease_and_another_refreshes_it()
    {
        await using var fleet = await FleetOfNodes.StartAsync();
        var caches = fleet.NewCustomer();
        await caches.SeedAsync(Entry.Stale);
        var gets = await caches.GetAllAsync(Gated);
        var winner = await gets.WinnerAsync();
        var others = Without(caches, winner);

        caches[winner].Node.Kill();

        await others.OpenAllAsync("go");
        Assert.NotEqual(NodeCaches.Old, await others.GoOnAsync(Gated), StringComparer.Ordinal);
        Assert.Equal(1, gets.Sum(get => get.Runs));
        Assert.All(await Task.WhenAll(Without(gets, winner).Select(get => get.ValueAsync())), value => Assert.Equal(NodeCaches.Old, value));
    }

    private static T[] Without<T>(T[] all, int index) => [.. all.Where((_, i) => i != index)];
}
