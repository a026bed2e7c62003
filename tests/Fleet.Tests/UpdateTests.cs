using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

public sealed class UpdateTests(SharedFleet shared)
{
    [Fact]
    public async Task Updates_by_four_processes_with_8_callers_each_lose_nothing_and_none_gives_up()
    {
        var caches = shared.Fleet.NewCustomer();

        var counts = await Task.WhenAll(caches.Select(cache => cache.AskAsync($"count key={NodeCaches.Key} callers=8 times=5")));

        Assert.Equal("160", await caches.ReadAllAsync());
        Assert.All(counts, count => Assert.Equal("0", count["repeated"]));
    }
}
