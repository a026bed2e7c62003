using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

public sealed class UpdateTests(SharedFleet shared)
{
    [Fact]
    public async Task Updates_by_four_processes_with_8_callers_each_lose_nothing()
    {
        var caches = shared.Fleet.NewCustomer();

        await Task.WhenAll(caches.Select(cache => cache.AskAsync($"count key={Seeds.Key} callers=8 times=5")));

        Assert.Equal("160", await caches.ReadAllAsync());
    }
}
