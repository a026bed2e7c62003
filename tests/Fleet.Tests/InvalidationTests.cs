using System.Diagnostics;
using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

/// <summary>What one process changes, and what the others see of it.</summary>
public sealed class InvalidationTests(SharedFleet shared)
{
    private const string Tagged = "tags=tag,other";
    private readonly NodeCache[] _caches = shared.Fleet.NewCustomer();

    [Theory]
    [InlineData("clear")]
    [InlineData("removetag")]
    [InlineData("remove")]
    public async Task What_one_process_invalidates_is_a_miss_for_the_very_next_read_of_every_other(string how)
    {
        for (var round = 0; round < 3 * _caches.Length; round++)
        {
            var value = $"value-{round}";
            await _caches[round % _caches.Length].SetAsync(NodeCaches.Key, value, Tagged);
            Assert.Equal(value, await _caches.ReadAllAsync());

            await InvalidateAsync(_caches[(round + 1) % _caches.Length], how);

            Assert.Null(await _caches.ReadAllAsync());
        }
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("removetag")]
    public async Task What_one_process_invalidates_others_that_keep_it_locally_miss_once_that_time_is_over(string how)
    {
        // A clear of anything makes a process doubt all that it keeps, so other tests must not clear on these nodes.
        await using var alone = await FleetOfNodes.StartAsync(nodes: 2);
        var (caches, localFor) = (alone.NewCustomer(), TimeSpan.FromSeconds(1));
        await caches[0].SetAsync(NodeCaches.Key, NodeCaches.Old, Tagged);
        await caches[0].SetAsync("long", NodeCaches.Old, Tagged);
        foreach (var cache in caches)
        {
            Assert.Equal(NodeCaches.Old, await cache.ReadAsync("long", "localFor=600000"));
            Assert.Equal(NodeCaches.Old, await cache.ReadAsync(NodeCaches.Key, "localFor=1000"));
        }

        await InvalidateAsync(caches[0], how);

        var since = Stopwatch.StartNew();
        Assert.Null(await caches[0].ReadAsync("long", "localFor=600000"));
        Assert.Equal(NodeCaches.Old, await caches[1].ReadAsync("long", "localFor=600000"));
        await Eventually.TrueAsync(async () =>
        {
            var asked = since.Elapsed;
            var isMiss = await caches[1].ReadAsync(NodeCaches.Key, "localFor=1000") is null;
            Assert.True(isMiss || asked < localFor, $"Still there after {asked}.");
            return isMiss;
        });
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("removetag")]
    [InlineData("remove")]
    [InlineData("set")]
    public async Task What_another_process_changes_while_a_factory_runs_is_not_undone_by_its_value(string how)
    {
        // The second time around, generations and tags are known to all.
        for (var round = 0; round < 2; round++)
        {
            var late = _caches[0].Get(NodeCaches.Key, $"gate={round} {Tagged}");
            await late.Started.InTime();
            await InvalidateAsync(_caches[1], how);
            var after = _caches[2].Get(NodeCaches.Key, Tagged);
            await after.Asked.InTime();
            await _caches[0].OpenAsync($"{round}");

            var value = await after.ValueAsync();

            Assert.NotEqual(await late.ValueAsync(), value, StringComparer.Ordinal);
            Assert.Equal(how is "set" ? 0 : 1, after.Runs);
            Assert.Equal(value, await _caches.ReadAllAsync());
            await _caches[3].RemoveAsync(NodeCaches.Key);
        }
    }

    [Fact]
    public async Task A_clear_while_a_factory_refreshes_is_not_undone_by_its_value()
    {
        await _caches.SeedAsync(Entry.Stale);
        var late = _caches[0].Get(NodeCaches.Key, $"gate=go {NodeCaches.StaleFor}");
        await late.Started.InTime();

        await _caches[1].ClearAsync();
        await _caches[0].OpenAsync("go");

        await late.ValueAsync();
        Assert.Null(await _caches.ReadAllAsync());
        Assert.Equal(1, await RunsAsync(_caches[2].Get(NodeCaches.Key, NodeCaches.StaleFor)));
    }

    private static Task InvalidateAsync(NodeCache cache, string how) => how switch
    {
        "clear" => cache.ClearAsync(),
        "removetag" => cache.RemoveByTagAsync("tag"),
        "remove" => cache.RemoveAsync(NodeCaches.Key),
        _ => cache.SetAsync(NodeCaches.Key, "set", Tagged),
    };

    private static async Task<int> RunsAsync(NodeOrder get)
    {
        await get.ValueAsync();
        return get.Runs;
    }
}
