using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Many keys read, and the missing ones created, at once.</summary>
public sealed class BatchTests : IDisposable
{
    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(10));

    private readonly Fleet _fleet = new();
    private readonly List<string[]> _asked = [];

    private ICache Cache => _fleet[0].Stack;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task One_read_and_one_run_bring_all()
    {
        await Cache.SetAsync("b", "stored");
        var found = await CreateAsync(0, ["a", "b", "c", "a"]);
        Assert.Equal(["made a", "stored", "made c"], new[] { "a", "b", "c" }.Select(key => found[key]), StringComparer.Ordinal);
        Assert.Equal(["a", "c"], Assert.Single(_asked));
        Assert.Equal(1, _fleet[0].Store.Count("ReadMany"));
        Assert.Equal(3, (await CreateAsync(1, ["a", "b", "c"])).Count);
        Assert.Single(_asked);
        Assert.Empty(await CreateAsync(0, []));
    }

    [Fact]
    public async Task A_key_that_the_factory_leaves_out_is_neither_stored_nor_answered_and_can_be_created_at_once()
    {
        var found = await Cache.GetOrCreateManyAsync<string>(["a", "b"], static (_, _) => Made(("a", "made")));
        Assert.Equal(["a"], found.Keys, StringComparer.Ordinal);

        // Its lease was let go of: the clock stands still.
        Assert.Equal("later", await _fleet[1].Stack.GetOrCreateAsync("b", static _ => Task.FromResult("later")).InTime());
    }

    [Fact]
    public async Task A_factory_that_fails_fails_the_call_and_lets_go_of_its_keys()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => Cache.GetOrCreateManyAsync<string>(["a", "b"], static (_, _) => throw new InvalidDataException()).AsTask());
        Assert.Equal(2, (await CreateAsync(1, ["a", "b"]).InTime()).Count);
        Assert.Equal("made a", await _fleet[0].Stack.GetAsync<string>("a"));
    }

    [Fact]
    public async Task A_key_that_another_is_creating_is_made_too_and_not_stored()
    {
        var gate = new Gate();
        var other = _fleet[1].Stack.GetOrCreateAsync("a", async _ =>
        {
            await gate.PassAsync();
            return "theirs";
        }).AsTask();
        await gate.Reached;
        var found = await CreateAsync(0, ["a", "b"]).InTime();
        Assert.Equal("made a", found["a"]);
        gate.Open();
        Assert.Equal("theirs", await other);
        Assert.Equal("theirs", await Cache.GetAsync<string>("a"));
        Assert.Equal("made b", await Cache.GetAsync<string>("b"));
    }

    [Theory]
    [InlineData("remove", 0)]
    [InlineData("remove", 1)]
    [InlineData("set", 0)]
    [InlineData("set", 1)]
    [InlineData("clear", 0)]
    [InlineData("clear", 1)]
    public async Task A_change_during_the_factory_is_not_overwritten(string change, int process)
    {
        var gate = new Gate();
        var creating = Cache.GetOrCreateManyAsync<string>(["a"], async (_, _) =>
        {
            await gate.PassAsync();
            return await Made(("a", "before"));
        }).AsTask();
        await gate.Reached;
        var cache = _fleet[process].Stack;
        Task changing = change switch
        {
            "set" => cache.SetAsync("a", "set").AsTask(),
            "clear" => cache.ClearAsync().AsTask(),
            _ => cache.RemoveAsync("a").AsTask(),
        };
        await changing;
        gate.Open();
        Assert.Equal("before", (await creating)["a"]);
        Assert.Equal(change is "set" ? "set" : null, await Cache.GetAsync<string>("a"));
        Assert.Equal(change is "set" ? "set" : null, await _fleet[1].Stack.GetAsync<string>("a"));
    }

    [Fact]
    public async Task Stale_values_are_made_anew_and_answered_when_that_fails()
    {
        var stale = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromMinutes(5) };
        await Cache.SetManyAsync<string>([new("a", "old a"), new("b", "old b")], stale);
        _fleet.Advance(TimeSpan.FromSeconds(11));
        var failed = await Cache.GetOrCreateManyAsync<string>(["a", "b"], static (_, _) => throw new InvalidDataException("secret-message"), stale);
        Assert.Equal(["old a", "old b"], failed.Values.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Contains(_fleet[0].Log.Entries, static entry => entry.Id.Id == 2000);
        Assert.DoesNotContain(_fleet[0].Log.Entries, static entry => entry.Text.Contains("secret-message", StringComparison.Ordinal));
        await Assert.ThrowsAsync<InvalidDataException>(() => Cache.GetOrCreateManyAsync<string>(["a", "none"], static (_, _) => throw new InvalidDataException(), stale).AsTask());

        Assert.Equal("made a", (await CreateAsync(0, ["a", "b"], stale))["a"]);
        Assert.Equal("made a", await _fleet[1].Stack.GetAsync<string>("a"));
    }

    [Fact]
    public async Task A_stale_value_that_another_is_refreshing_is_answered()
    {
        var stale = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromMinutes(5) };
        await Cache.SetAsync("a", "old", stale);
        _fleet.Advance(TimeSpan.FromSeconds(11));
        var gate = new Gate();
        var refreshing = _fleet[1].Stack.GetOrCreateAsync("a", async _ =>
        {
            await gate.PassAsync();
            return "new";
        }, stale).AsTask();
        await gate.Reached;
        Assert.Equal("old", (await CreateAsync(0, ["a"], stale))["a"]);
        Assert.Empty(_asked);
        gate.Open();
        await refreshing;
    }

    [Fact]
    public async Task When_one_lease_cannot_be_asked_for_the_others_are_let_go()
    {
        var asked = 0;
        _fleet[0].Store.Before = what => what is "ReadOrLease" && Interlocked.Increment(ref asked) == 2 ? Task.FromException(new InvalidOperationException("broken")) : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => CreateAsync(0, ["a", "b", "c"]));
        Assert.Equal(3, (await CreateAsync(1, ["a", "b", "c"]).InTime()).Count);
        Assert.Equal(3, (await _fleet[1].Stack.GetManyAsync<string>(["a", "b", "c"])).Count);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_reached_runs_the_factory_for_all()
    {
        _fleet[0].Store.Faults = static _ => Fault.BeforeItArrives;
        Assert.Equal(2, (await CreateAsync(0, ["a", "b"])).Count);
    }

    [Fact]
    public async Task Without_leases_the_values_are_stored_too()
    {
        using var fixture = new CacheFixture();
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("made a", (await fixture.Stack.GetOrCreateManyAsync<string>(["a"], MakeAsync))["a"]);
        }

        Assert.Single(_asked);
    }

    private async Task<Dictionary<string, string?>> CreateAsync(int process, string[] keys, CachePolicy? policy = null) =>
        await _fleet[process].Stack.GetOrCreateManyAsync<string>(keys, MakeAsync, policy ?? s_policy);

    private Task<IReadOnlyDictionary<string, string>> MakeAsync(IReadOnlyList<string> missing, CancellationToken cancellationToken)
    {
        lock (_asked)
        {
            _asked.Add([.. missing]);
        }

        return Made([.. missing.Select(static key => (key, "made " + key))]);
    }

    private static Task<IReadOnlyDictionary<string, string>> Made(params (string Key, string Value)[] values) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(values.ToDictionary(static value => value.Key, static value => value.Value, StringComparer.Ordinal));
}
