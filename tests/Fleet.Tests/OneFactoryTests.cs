using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

public sealed class OneFactoryTests(SharedFleet shared)
{
    private const string Gated = "callers=64 factoryMs=300 gate=go";
    private readonly NodeCache[] _caches = shared.Fleet.NewCustomer();

    [Theory]
    [InlineData(Entry.Absent)]
    [InlineData(Entry.Cleared)]
    public async Task Four_processes_with_64_callers_each_run_one_factory_for_a_cold_key(Entry entry)
    {
        await _caches.SeedAsync(entry);
        var gets = await _caches.GetAllAsync(Gated);

        await _caches.OpenAllAsync("go");

        var values = await Task.WhenAll(gets.Select(get => get.ValuesAsync()));
        var stored = await _caches.ReadAllAsync();
        Assert.Equal(1, gets.Sum(get => get.Runs));
        Assert.All(values, value => Assert.Equal((stored, 64), (Assert.Single(value).Key, value.Values.Single())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("background=True")]
    public async Task A_stale_value_is_refreshed_once_while_everybody_else_is_answered_it_at_once(string factory)
    {
        await _caches.SeedAsync(Entry.Stale);
        var gets = await _caches.GetAllAsync($"{Gated} {NodeCaches.StaleFor} {factory}");
        var winner = await gets.WinnerAsync();
        foreach (var other in gets.Where((_, node) => node != winner))
        {
            Assert.Equal(Only(NodeCaches.Old), await other.ValuesAsync());
        }

        await _caches.OpenAllAsync("go");

        var values = await gets[winner].ValuesAsync();
        var stored = await _caches.ReadAllAsync();
        Assert.Equal(1, gets.Sum(get => get.Runs));
        Assert.Equal((63, 1), (values[NodeCaches.Old], values[stored!]));
    }

    [Fact]
    public async Task A_value_near_its_end_is_refreshed_once_by_one_caller_while_everybody_else_has_the_present_one()
    {
        await _caches[0].SetAsync(NodeCaches.Key, NodeCaches.Old, "expiration=60000");
        var gets = await _caches.GetAllAsync($"{Gated} {Ahead}");
        var winner = await gets.WinnerAsync();
        foreach (var other in gets.Where((_, node) => node != winner))
        {
            Assert.Equal(Only(NodeCaches.Old), await other.ValuesAsync());
        }

        await _caches.OpenAllAsync("go");

        var values = await gets[winner].ValuesAsync();
        var stored = await AssertRefreshedOnceAsync(gets);
        Assert.Equal((63, 1), (values[NodeCaches.Old], values[stored]));
    }

    [Fact]
    public async Task A_value_near_its_end_is_refreshed_once_in_the_background_and_nobody_waits()
    {
        await _caches[0].SetAsync(NodeCaches.Key, NodeCaches.Old, "expiration=60000");
        var gets = await _caches.GetAllAsync($"{Gated} {Ahead} background=True");
        foreach (var get in gets)
        {
            Assert.Equal(Only(NodeCaches.Old), await get.ValuesAsync());
        }

        await _caches.OpenAllAsync("go");

        await Eventually.TrueAsync(async () => await _caches[0].ReadAsync(NodeCaches.Key) is not NodeCaches.Old);
        await AssertRefreshedOnceAsync(gets);
    }

    // Due for what lives a minute, and not for what lives ten.
    private static string Ahead => "refreshAhead=61000 expiration=600000";

    private static Dictionary<string, int> Only(string value) => new(StringComparer.Ordinal) { [value] = 64 };

    private async Task<string> AssertRefreshedOnceAsync(NodeOrder[] gets)
    {
        var stored = await _caches.ReadAllAsync();
        Assert.NotEqual(NodeCaches.Old, stored, StringComparer.Ordinal);
        var later = await _caches.GetAllAsync($"{Gated} {Ahead}");
        await Task.WhenAll(later.Select(get => get.ValueAsync()));
        Assert.Equal((1, 0), (gets.Sum(get => get.Runs), later.Sum(get => get.Runs)));
        return stored!;
    }
}
