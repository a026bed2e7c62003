using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Caching;

namespace Middleware.Tests.Caching;

public sealed class PolicyInUseTests : IDisposable
{
    private readonly Fleet _fleet = new();

    private ICache Cache => _fleet[0].Stack;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public void Jitter_shortens_lives_by_chance_and_never_beyond_its_bounds()
    {
        var plan = WritePlan.For(CachePolicy.For(TimeSpan.FromSeconds(100)) with { Jitter = TimeSpan.FromSeconds(20) }, view: null);
        var lives = Enumerable.Range(0, 2000).Select(_ => plan.Of(1).Life.Absolute!.Value.TotalSeconds).ToArray();
        Assert.All(lives, static life => Assert.InRange(life, 80, 100));
        Assert.True(lives.Min() < 82 && lives.Max() > 98, "The lives are spread over all of the jitter.");
    }

    [Fact]
    public void Jitter_above_the_expiration_takes_at_most_nine_tenths()
    {
        var plan = WritePlan.For(CachePolicy.For(TimeSpan.FromSeconds(10)) with { Jitter = TimeSpan.FromHours(1), StaleFor = TimeSpan.FromSeconds(5) }, view: null);
        for (var i = 0; i < 500; i++)
        {
            var write = plan.Of(1);
            Assert.InRange(write.FreshFor!.Value.TotalSeconds, 1, 10);
            Assert.Equal(TimeSpan.FromSeconds(5), write.Life.Absolute - write.FreshFor);
        }
    }

    [Fact]
    public void Without_an_end_there_is_nothing_to_take_jitter_from() =>
        Assert.Null(WritePlan.For(CachePolicy.Forever with { Jitter = TimeSpan.FromSeconds(1), StaleFor = TimeSpan.FromSeconds(1) }, view: null).Of(1).Life.Absolute);

    [Fact]
    public async Task Values_set_together_do_not_end_together()
    {
        var policy = CachePolicy.For(TimeSpan.FromSeconds(100)) with { Jitter = TimeSpan.FromSeconds(90) };
        string[] keys = [.. Enumerable.Range(0, 64).Select(static i => $"{i}")];
        Assert.Empty(await Cache.SetManyAsync([.. keys.Select(static key => KeyValuePair.Create(key, key))], policy));
        Assert.Equal(64, (await Cache.GetManyAsync<string>(keys)).Count);
        List<int> left = [];
        for (var i = 0; i < 9; i++)
        {
            _fleet.Advance(TimeSpan.FromSeconds(10));
            left.Add((await Cache.GetManyAsync<string>(keys)).Count);
        }

        Assert.Contains(left, static count => count is > 0 and < 64);
    }

    [Fact]
    public async Task A_null_lives_as_long_as_nulls_do()
    {
        var policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { NullExpiration = TimeSpan.FromSeconds(5) };
        await Cache.SetAsync<string?>("set", null, policy);
        await Cache.SetAsync<string?>("value", "value", policy);
        await Cache.SetManyAsync<string?>([new("one of many", null), new("other", "value")], policy);
        Assert.Null(await Cache.GetOrCreateAsync("created", static _ => Task.FromResult<string?>(null), policy));
        Assert.Equal(5, (await Cache.GetManyAsync<string>(["set", "value", "one of many", "other", "created"])).Count);
        _fleet.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["other", "value"], (await Cache.GetManyAsync<string>(["set", "value", "one of many", "other", "created"])).Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_factory_can_choose_its_values_life_and_encryption()
    {
        ValueTask<string> CreateAsync(string value) => Cache.GetOrCreateAsync("key", (context, _) =>
        {
            Assert.False(context.IsRefresh);
            Assert.Equal(TimeSpan.FromMinutes(10), context.Policy.Expiration);
            context.Policy = context.Policy with { Expiration = TimeSpan.FromSeconds(3) };
            return Task.FromResult(value);
        }, CachePolicy.For(TimeSpan.FromMinutes(10)));
        Assert.Equal("one", await CreateAsync("one"));
        _fleet.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("one", await CreateAsync("two"));
        _fleet.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("two", await CreateAsync("two"));
    }

    [Fact]
    public async Task A_factory_can_keep_its_value_from_being_stored_and_who_waits_gets_it()
    {
        var (gate, runs) = (new Gate(), 0);
        ValueTask<string> CreateAsync() => Cache.GetOrCreateAsync("key", async (context, _) =>
        {
            runs++;
            await gate.PassAsync();
            context.Stores = false;
            return "not kept";
        }, CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1) });
        var leader = CreateAsync().AsTask();
        await gate.Reached;
        var follower = CreateAsync().AsTask();
        await _fleet[0].JoinedAsync(followers: 1);
        gate.Open();
        Assert.Equal(["not kept", "not kept"], await Task.WhenAll(leader, follower).InTime());
        Assert.Equal(1, runs);
        Assert.False((await Cache.TryGetAsync<string>("key")).Found);
        Assert.Equal("not kept", await CreateAsync().InTime());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task A_factory_cannot_choose_no_policy() =>
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.GetOrCreateAsync("key", static (context, _) =>
        {
            context.Policy = null!;
            return Task.FromResult(1);
        }).AsTask());
}
