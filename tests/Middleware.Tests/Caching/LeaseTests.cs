using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Two processes and a key that neither has.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { LeaseTime = TimeSpan.FromSeconds(3) };

    private readonly Fleet _fleet = new();
    private readonly Gate _gate = new();
    private int _runs;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task One_factory_runs_for_all_callers_of_two_processes()
    {
        var winner = CallAsync(0);
        await _gate.Reached;
        var callers = Enumerable.Range(0, 40).Select(i => CallAsync(i % 2)).ToArray();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") >= 1);
        _gate.Open();
        Assert.All(await _fleet.PassTimeAsync(Task.WhenAll(callers)), static value => Assert.Equal("run 1", value));
        Assert.Equal("run 1", await winner);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task When_the_winner_throws_the_other_process_runs()
    {
        var winner = _fleet[0].Stack.GetOrCreateAsync<string>(
            "key",
            async _ =>
            {
                await _gate.PassAsync();
                throw new InvalidDataException("core down");
            },
            s_policy).AsTask();
        await _gate.Reached;
        var other = _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("other"), s_policy).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") > 0);
        _gate.Open();
        await Assert.ThrowsAsync<InvalidDataException>(() => winner);
        Assert.Equal("other", await _fleet.PassTimeAsync(other));
    }

    [Fact]
    public async Task When_the_winners_caller_gives_up_the_other_process_runs()
    {
        using var giveUp = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var winner = _fleet[0].Stack.GetOrCreateAsync(
            "key",
            async token =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return "never";
            },
            s_policy,
            giveUp.Token).AsTask();
        await started.Task;
        var other = _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("other"), s_policy).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") > 0);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => winner);
        Assert.Equal("other", await _fleet.PassTimeAsync(other));
    }

    [Fact]
    public async Task A_winner_that_gives_no_sign_of_life_costs_its_lease()
    {
        using var fleet = new Fleet(apart: true);
        var dead = fleet[0].Stack.GetOrCreateAsync("key", Hold, s_policy).AsTask();
        await _gate.Reached;
        var other = fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("other"), s_policy).AsTask();
        await Eventually.TrueAsync(() => fleet[1].Store.Count("ReadOrLease") > 0);
        var before = fleet.Clock.GetUtcNow();
        Assert.Equal("other", await fleet.PassTimeAsync(other, fleet.Clock, fleet[1].Clock!));

        // A second more than the lease, the server's second, and a pause of the one who waits.
        Assert.InRange(fleet.Clock.GetUtcNow() - before, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));

        // The one thought dead comes back: it answers its caller, and overwrites nothing.
        _gate.Open();
        Assert.Equal("held", await dead);
        Assert.Equal("other", await fleet[1].Stack.GetAsync<string>("key"));
    }

    [Fact]
    public async Task A_winner_that_lives_keeps_its_lease_beyond_the_leases_time()
    {
        var winner = _fleet[0].Stack.GetOrCreateAsync("key", Hold, s_policy).AsTask();
        await _gate.Reached;
        var other = CallAsync(1);
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") > 0);
        for (var second = 0; second < 12; second++)
        {
            // Each second is one beat of the heart; the beat must have arrived before the next second passes.
            var commands = await _fleet.CommandsAsync();
            _fleet.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(async () => await _fleet.CommandsAsync() >= commands + 2);
        }

        Assert.Equal(0, _runs);
        Assert.False(other.IsCompleted);
        _gate.Open();
        Assert.Equal("held", await _fleet.PassTimeAsync(other));
        Assert.Equal("held", await winner);
        Assert.Equal(0, _runs);
    }

    [Fact]
    public async Task Nobody_waits_for_another_process_for_ever()
    {
        var winner = _fleet[0].Stack.GetOrCreateAsync("key", Hold, s_policy).AsTask();
        await _gate.Reached;
        var other = _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("impatient"), s_policy).AsTask();
        var before = _fleet.Clock.GetUtcNow();
        Assert.Equal("impatient", await _fleet.PassTimeAsync(other));
        Assert.InRange(_fleet.Clock.GetUtcNow() - before, TimeSpan.FromSeconds(18), TimeSpan.FromSeconds(20));
        Assert.Contains(_fleet[1].Log.Entries, static entry => entry.Id.Id == 2002);

        // It stored nothing: the lease is the other's still.
        _gate.Open();
        Assert.Equal("held", await winner);
        Assert.Equal("held", await _fleet[1].Stack.GetAsync<string>("key"));
    }

    [Fact]
    public async Task A_follower_in_the_other_process_who_gives_up_ends_only_its_own_wait()
    {
        using var giveUp = new CancellationTokenSource();
        var winner = CallAsync(0);
        await _gate.Reached;
        var leaves = CallAsync(1, giveUp.Token);
        var stays = CallAsync(1);
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") > 0);
        await giveUp.CancelAsync();
        _gate.Open();
        Assert.Equal("run 1", await _fleet.PassTimeAsync(stays));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _fleet.PassTimeAsync(leaves));
        Assert.Equal("run 1", await winner);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_function_that_asks_for_its_own_key_runs_directly()
    {
        var depth = 0;
        ValueTask<int> RecurseAsync() => _fleet[0].Stack.GetOrCreateAsync("recursive", async _ => ++depth == 3 ? depth : await RecurseAsync(), s_policy);
        Assert.Equal(3, await RecurseAsync().InTime());
        Assert.Equal(3, await _fleet[1].Stack.GetAsync<int>("recursive"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    public async Task Two_functions_that_ask_for_each_other_run_directly(int one, int other)
    {
        using var together = new Barrier(2);
        Task<string> StartAsync(int process, string own, string asked) => Task.Run(() => _fleet[process].Stack.GetOrCreateAsync(
            own,
            async _ =>
            {
                together.SignalAndWait(Eventually.Patience);
                var result = own + await _fleet[process].Stack.GetOrCreateAsync(asked, _ => Task.FromResult(asked), s_policy);
                together.SignalAndWait(Eventually.Patience);
                return result;
            },
            s_policy).AsTask());

        // The clock stands still: whoever waited for another's lease would wait for ever.
        Assert.Equal(["AB", "BA"], await Task.WhenAll(StartAsync(one, "A", "B"), StartAsync(other, "B", "A")).InTime());
    }

    [Fact]
    public async Task A_batch_whose_factory_asks_for_one_of_its_own_keys_runs_directly()
    {
        var found = await _fleet[0].Stack.GetOrCreateManyAsync<string>(
            ["a", "b"],
            async (missing, _) => new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["a"] = await _fleet[0].Stack.GetOrCreateAsync("b", static _ => Task.FromResult("inner"), s_policy),
            },
            s_policy).InTime();
        Assert.Equal("inner", found["a"]);
    }

    [Fact]
    public async Task A_cleared_key_is_created_once_for_both()
    {
        await _fleet[0].Stack.SetAsync("key", "old", s_policy);
        await _fleet[1].Stack.ClearAsync();
        var winner = CallAsync(0);
        await _gate.Reached;
        var other = CallAsync(1);
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") > 0);
        _gate.Open();
        Assert.Equal(["run 1", "run 1"], await _fleet.PassTimeAsync(Task.WhenAll(winner, other)));
    }

    private async Task<string> Hold(CancellationToken cancellationToken)
    {
        await _gate.PassAsync();
        return "held";
    }

    private Task<string> CallAsync(int process, CancellationToken cancellationToken = default) => _fleet[process].Stack.GetOrCreateAsync(
        "key",
        async _ =>
        {
            var run = Interlocked.Increment(ref _runs);
            await _gate.PassAsync();
            return $"run {run}";
        },
        s_policy,
        cancellationToken).AsTask();
}
