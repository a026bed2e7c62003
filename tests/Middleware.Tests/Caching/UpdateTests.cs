using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Values made of the ones before.</summary>
public sealed class UpdateTests
{
    [Fact]
    public async Task No_increment_of_two_processes_is_lost()
    {
        using var fleet = new Fleet(time: TimeProvider.System);
        var updates = Enumerable.Range(0, 200).Select(i => Task.Run(() => fleet[i % 2].Stack.UpdateAsync<int>("count", static old => old.Value + 1).AsTask()));
        var results = await Task.WhenAll(updates).InTime();
        Assert.All(results, static result => Assert.True(result.Found));
        Assert.Equal(Enumerable.Range(1, 200), results.Select(static result => result.Value).Order());
        Assert.Equal(200, await fleet[0].Stack.GetAsync<int>("count"));
    }

    [Fact]
    public async Task An_update_sees_the_value_before_and_gives_it_the_policys_life()
    {
        using var fleet = new Fleet();
        var cache = fleet[0].Stack;
        Assert.Equal("none", (await cache.UpdateAsync<string>("key", static old => old.Found ? "found" : "none", TimeSpan.FromSeconds(10))).Value);
        fleet.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("none+", (await fleet[1].Stack.UpdateAsync<string>("key", static old => old.Value + "+", TimeSpan.FromSeconds(10))).Value);
        fleet.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("none+", await cache.GetAsync<string>("key"));
        fleet.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("anew", (await cache.UpdateAsync<string>("key", static old => old.Found ? "found" : "anew")).Value);
    }

    [Fact]
    public async Task An_update_is_seen_at_once_by_who_keeps_the_value_in_memory()
    {
        using var fleet = new Fleet();
        var local = CachePolicy.Default with { LocalFor = TimeSpan.FromMinutes(1) };
        await fleet[0].Stack.SetAsync("key", 1, local);
        await fleet[0].Stack.GetAsync<int>("key", local);
        await fleet[0].Stack.UpdateAsync<int>("key", static old => old.Value + 1, local);
        Assert.Equal(2, await fleet[0].Stack.GetAsync<int>("key", local));
    }

    [Fact]
    public async Task An_update_after_a_clear_starts_from_nothing()
    {
        using var fleet = new Fleet();
        await fleet[0].Stack.SetAsync("key", 5);
        await fleet[1].Stack.ClearAsync();
        Assert.Equal(1, (await fleet[0].Stack.UpdateAsync<int>("key", static old => old.Value + 1)).Value);
    }

    [Fact]
    public async Task An_update_that_throws_changes_nothing()
    {
        using var fleet = new Fleet();
        await fleet[0].Stack.SetAsync("key", 5);
        await Assert.ThrowsAsync<InvalidDataException>(() => fleet[0].Stack.UpdateAsync<int>("key", static _ => throw new InvalidDataException()).AsTask());
        Assert.Equal(6, (await fleet[0].Stack.UpdateAsync<int>("key", static old => old.Value + 1).InTime()).Value);
    }

    [Fact]
    public async Task An_update_that_cannot_be_delivered_is_not_found()
    {
        using var fleet = new Fleet();
        fleet[0].Store.Faults = static _ => Fault.BeforeItArrives;
        Assert.False((await fleet[0].Stack.UpdateAsync<int>("key", static _ => 1)).Found);
    }

    [Fact]
    public async Task A_value_is_set_only_while_the_entry_is_as_it_was_read()
    {
        using var fleet = new Fleet();
        var (one, other) = (fleet[0].Stack, fleet[1].Stack);
        await one.SetAsync("key", "first");
        var read = await one.TryGetAsync<string>("key");
        Assert.True(await other.SetIfUnchangedAsync("key", "second", (await other.TryGetAsync<string>("key")).Version));
        Assert.False(await one.SetIfUnchangedAsync("key", "late", read.Version));
        Assert.Equal("second", await one.GetAsync<string>("key"));
    }

    [Fact]
    public async Task A_miss_has_a_version_too_and_an_unknown_one_never_fits()
    {
        using var fleet = new Fleet();
        var (one, other) = (fleet[0].Stack, fleet[1].Stack);
        var miss = await one.TryGetAsync<string>("key");
        Assert.False(miss.Found);
        Assert.True(await other.SetIfUnchangedAsync("key", "theirs", (await other.TryGetAsync<string>("key")).Version));
        Assert.False(await one.SetIfUnchangedAsync("key", "late", miss.Version));
        Assert.False(await one.SetIfUnchangedAsync("key", "unknown", default));
        Assert.Equal("theirs", await one.GetAsync<string>("key"));
    }

    [Theory]
    [InlineData("cleared")]
    [InlineData("leased")]
    [InlineData("removed")]
    public async Task The_version_of_what_no_longer_counts_fits_as_long_as_nobody_writes(string state)
    {
        using var fleet = new Fleet();
        var (one, other, gate) = (fleet[0].Stack, fleet[1].Stack, new Gate());
        await one.SetAsync("key", "old");
        var before = await one.TryGetAsync<string>("key");
        var creating = Task.FromResult("none");
        switch (state)
        {
            case "cleared":
                await other.ClearAsync();
                break;
            case "removed":
                await other.RemoveAsync("key");
                break;
            default:
                await other.RemoveAsync("key");
                creating = other.GetOrCreateAsync("key", async _ =>
                {
                    await gate.PassAsync();
                    return "created";
                }).AsTask();
                await gate.Reached;
                break;
        }

        var miss = await one.TryGetAsync<string>("key");
        Assert.False(miss.Found);
        if (state is not "cleared")
        {
            Assert.False(await one.SetIfUnchangedAsync("key", "too late", before.Version));
        }

        Assert.True(await one.SetIfUnchangedAsync("key", "set", miss.Version));
        gate.Open();
        await creating;
        Assert.Equal("set", await other.GetAsync<string>("key"));
    }
}
