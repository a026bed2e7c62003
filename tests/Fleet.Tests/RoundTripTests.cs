using Fleet.Tests.Doubles;
using Provider.Tests.Doubles;

namespace Fleet.Tests;

/// <summary>What a hit costs on the wire.</summary>
public sealed class RoundTripTests
{
    // The value, the level's generation, and the two tags'.
    private const int Commands = 4;

    [Theory]
    [InlineData("tags=first,second")]
    [InlineData("")]
    public async Task A_hit_with_two_known_tags_is_one_round_trip_whether_they_were_told_or_seen_before(string told)
    {
        await using var fleet = await FleetOfNodes.StartAsync(nodes: 0);
        using var wire = new HoldingProxy(fleet.Server.EndPoint);
        var cache = new NodeCache(await fleet.JoinAsync(wire.Port), "customer");
        await cache.Get(NodeCaches.Key, "tags=first,second").ValueAsync();
        var value = await cache.Get(NodeCaches.Key, told).ValueAsync();

        wire.HoldAnswersUntil(Commands);
        var get = cache.Get(NodeCaches.Key, told);

        Assert.Equal(value, await get.ValueAsync());
        Assert.Equal((0, Commands), (get.Runs, wire.Commands));
    }
}
