using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;

namespace Provider.Tests.Faults;

/// <summary>What a network does to the bytes: never a wrong value, never a call that outlives its timeout, and soon as before when it is over.</summary>
[Collection(nameof(Alone))]
public sealed class NetworkFaultTests(SharedMemcached shared) : IClassFixture<SharedMemcached>
{
    [Theory]
    [InlineData("delay")]
    [InlineData("long delay")]
    [InlineData("stall")]
    [InlineData("half-open")]
    [InlineData("cut off in order")]
    [InlineData("cut off by a reset")]
    [InlineData("drip")]
    [InlineData("damage")]
    [InlineData("doubled bytes")]
    [InlineData("swapped bytes")]
    [InlineData("lost packets")]
    public Task A_fault_on_the_way_back_loses_time_and_nothing_else(string fault) => FaultScene.PlayAsync(
        () => new FaultScene(shared.Server.EndPoint, seed: 1),
        scene => LastAsync(scene, scene.Proxy.Replies, fault));

    [Theory]
    [InlineData("delay")]
    [InlineData("long delay")]
    [InlineData("stall")]
    [InlineData("half-open")]
    [InlineData("cut off in order")]
    [InlineData("cut off by a reset")]
    [InlineData("drip")]
    public Task A_fault_on_the_way_there_loses_time_and_nothing_else(string fault) => FaultScene.PlayAsync(
        () => new FaultScene(shared.Server.EndPoint, seed: 2),
        scene => LastAsync(scene, scene.Proxy.Requests, fault));

    /// <summary>
    /// Where the bytes of a request change, its key may become another key: the server then answers truly about the wrong entry, and a removal reaches another one. TCP and TLS rule that out.
    /// What comes back is recognised all the same by everything that seals.
    /// </summary>
    [Theory]
    [InlineData("damage")]
    [InlineData("doubled bytes")]
    [InlineData("swapped bytes")]
    [InlineData("lost packets")]
    public Task Requests_that_change_on_their_way_bring_no_value_that_was_not_stored_under_its_key(string fault) => FaultScene.PlayAsync(
        () => new FaultScene(shared.Server.EndPoint, seed: 3, plays: cache => cache.TellsDamage),
        scene =>
        {
            Array.ForEach(scene.Loads, load => load.IsAgeUnknown = true);
            return LastAsync(scene, scene.Proxy.Requests, fault);
        });

    private static Fault Named(string name) => name switch
    {
        "delay" => Fault.Delay(TimeSpan.FromMilliseconds(20)),
        "long delay" => Fault.Delay(FaultScene.Timeout),
        "stall" => Fault.Stall(),
        "half-open" => Fault.Lose(),
        "cut off in order" => Fault.CutWithin(3000, resets: false),
        "cut off by a reset" => Fault.CutWithin(3000, resets: true),
        "drip" => Fault.Drip(TimeSpan.FromMilliseconds(1)),
        "damage" => Fault.FlipOneOf(2000),
        "doubled bytes" => Fault.DuplicateOneOf(20),
        "swapped bytes" => Fault.SwapOneOf(20),
        "lost packets" => Fault.DropOneOf(20),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>The fault lasts until every load has called often enough, and a good deal longer than a timeout.</summary>
    private static async Task LastAsync(FaultScene scene, FaultyWay way, string fault)
    {
        using var enough = new CancellationTokenSource(FaultScene.Timeout * 3);
        way.Fault = Named(fault);
        await scene.CallAsync(4);
        await Eventually.TrueAsync(() => enough.IsCancellationRequested);
        scene.Proxy.Heal();
        await scene.RecoverAsync();
    }
}
