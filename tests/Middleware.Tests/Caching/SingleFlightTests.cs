using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

public sealed class SingleFlightTests : IDisposable
{
    private readonly CacheFixture _fixture = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _ct = TestContext.Current.CancellationToken;
    private int _runs;

    private ICache Cache => _fixture.Stack;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Ten_callers_at_once_run_one_factory()
    {
        var callers = Enumerable.Range(0, 10).Select(_ => CallAsync()).ToArray();
        await _started.Task;
        _result.SetResult("value");
        Assert.All(await Task.WhenAll(callers), static value => Assert.Equal("value", value));
        Assert.Equal(1, _runs);
        Assert.Equal("value", await CallAsync());
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_caller_who_missed_before_the_value_was_stored_and_comes_after_finds_it()
    {
        // The second caller's read has missed, and is held until the first caller's flight is over.
        var (missed, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _fixture.Store.After = what => string.Equals(what, "read", StringComparison.Ordinal) && missed.TrySetResult() ? goOn.Task : Task.CompletedTask;
        var late = CallAsync();
        await missed.Task;
        _result.SetResult("value");
        await CallAsync();
        goOn.SetResult();
        Assert.Equal("value", await late);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Different_keys_types_and_customers_do_not_wait_for_each_other()
    {
        var waiting = CallAsync();
        await _started.Task;
        Assert.Equal(1, await Cache.GetOrCreateAsync("other", static _ => Task.FromResult(1)));
        Assert.Equal(2, await Cache.GetOrCreateAsync("key", static _ => Task.FromResult(2)));
        Assert.Equal("theirs", await _fixture.Factory.Create("other").StackCache.GetOrCreateAsync("key", static _ => Task.FromResult("theirs")));
        _result.SetResult("value");
        await waiting;
    }

    [Fact]
    public async Task A_follower_who_gives_up_ends_only_its_own_wait()
    {
        using var giveUp = new CancellationTokenSource();
        var leader = CallAsync();
        await _started.Task;
        var follower = CallAsync(giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower);
        Assert.False(leader.IsCompleted);
        _result.SetResult("value");
        Assert.Equal("value", await leader);
    }

    [Fact]
    public async Task A_leader_who_gives_up_waits_for_its_factory_which_goes_on_for_the_others()
    {
        using var giveUp = new CancellationTokenSource();
        var leader = CallAsync(giveUp.Token);
        await _started.Task;
        var follower = CallAsync();
        await giveUp.CancelAsync();
        Assert.False(leader.IsCompleted);
        _result.SetResult("value");
        Assert.Equal("value", await follower);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        Assert.Equal("value", await Cache.GetAsync<string>("key", _ct));
    }

    [Fact]
    public async Task The_factorys_token_is_cancelled_only_when_everybody_has_given_up()
    {
        using var leaderGivesUp = new CancellationTokenSource();
        using var followerGivesUp = new CancellationTokenSource();
        var leader = CallAsync(honourToken: true, leaderGivesUp.Token);
        await _started.Task;
        var follower = CallAsync(followerGivesUp.Token);
        await leaderGivesUp.CancelAsync();
        Assert.False(leader.IsCompleted);
        await followerGivesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
    }

    [Fact]
    public async Task An_exception_goes_to_everybody_who_waits_and_is_not_cached()
    {
        var (leader, follower) = (CallAsync(), CallAsync());
        await _started.Task;
        _result.SetException(new InvalidDataException("core down"));
        await Assert.ThrowsAsync<InvalidDataException>(() => leader);
        await Assert.ThrowsAsync<InvalidDataException>(() => follower);
        Assert.Equal("fresh", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("fresh"), _ct));
    }

    [Fact]
    public async Task A_leader_who_fails_because_it_gave_up_does_not_fail_the_others()
    {
        using var giveUp = new CancellationTokenSource();
        var leader = Cache.GetOrCreateAsync(
            "key",
            async _ =>
            {
                _started.TrySetResult();
                await Task.Delay(Timeout.Infinite, giveUp.Token);
                return "never";
            },
            giveUp.Token).AsTask();
        await _started.Task;
        _result.SetResult("from the follower");
        var followers = new[] { CallAsync(), CallAsync() };
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        Assert.All(await Task.WhenAll(followers), static value => Assert.Equal("from the follower", value));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Who_comes_after_a_removal_starts_afresh_and_the_old_result_is_not_stored()
    {
        var before = CallAsync();
        await _started.Task;
        await Cache.RemoveAsync("key", _ct);
        Assert.Equal("after", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("after"), _ct));
        _result.SetResult("before");
        Assert.Equal("before", await before);
        Assert.Equal("after", await Cache.GetAsync<string>("key", _ct));
    }

    [Fact]
    public async Task A_value_set_meanwhile_is_not_overwritten_by_the_flight()
    {
        var before = CallAsync();
        await _started.Task;
        await Cache.SetAsync("key", "set", _ct);
        _result.SetResult("before");
        await before;
        Assert.Equal("set", await Cache.GetAsync<string>("key", _ct));
    }

    [Fact]
    public async Task A_removal_of_many_detaches_their_flights()
    {
        var before = CallAsync();
        await _started.Task;
        await Cache.RemoveManyAsync(["other", "key", "key"], _ct);
        _result.SetResult("before");
        await before;
        Assert.False((await Cache.TryGetAsync<string>("key", _ct)).Found);
    }

    [Fact]
    public async Task A_flight_that_starts_while_a_removal_is_under_way_is_not_stored_nor_joined_after_it()
    {
        var (removing, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _fixture.Store.After = what => string.Equals(what, "remove", StringComparison.Ordinal) && removing.TrySetResult() ? goOn.Task : Task.CompletedTask;
        var removal = Cache.RemoveAsync("key", _ct).AsTask();
        await removing.Task;
        var during = CallAsync();
        await _started.Task;
        goOn.SetResult();
        await removal;
        Assert.Equal("after", await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("after"), _ct));
        _result.SetResult("during");
        Assert.Equal("during", await during);
        Assert.Equal("after", await Cache.GetAsync<string>("key", _ct));
    }

    [Fact]
    public async Task A_function_that_asks_for_its_own_key_runs_directly()
    {
        var depth = 0;
        ValueTask<int> RecurseAsync() => Cache.GetOrCreateAsync("recursive", async _ => ++depth == 3 ? depth : await RecurseAsync(), _ct);
        Assert.Equal(3, await RecurseAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), _ct));
    }

    [Fact]
    public async Task Two_functions_that_ask_for_each_other_run_directly()
    {
        using var together = new Barrier(2);
        Task<string> StartAsync(string own, string other) => Task.Run(
            () => Cache.GetOrCreateAsync(
                own,
                async _ =>
                {
                    together.SignalAndWait(TimeSpan.FromSeconds(10), _ct);
                    var asked = await Cache.GetOrCreateAsync(other, _ => Task.FromResult(other), _ct);
                    together.SignalAndWait(TimeSpan.FromSeconds(10), _ct);
                    return own + asked;
                },
                _ct).AsTask(),
            _ct);
        var both = Task.WhenAll(StartAsync("A", "B"), StartAsync("B", "A"));
        Assert.Equal(["AB", "BA"], await both.WaitAsync(TimeSpan.FromSeconds(10), _ct));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_reached_runs_the_factory_once_for_all_who_wait()
    {
        _fixture.Store.Unreachable = true;
        var callers = Enumerable.Range(0, 10).Select(_ => CallAsync()).ToArray();
        await _started.Task;
        _result.SetResult("value");
        Assert.All(await Task.WhenAll(callers), static value => Assert.Equal("value", value));
        Assert.Equal(1, _runs);
        Assert.DoesNotContain(_fixture.Store.Calls, static call => string.Equals(call.What, "write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_null_result_is_cached()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(await Cache.GetOrCreateAsync("null", _ => Task.FromResult<string?>(++_runs == 0 ? "" : null), _ct));
        }

        Assert.Equal(1, _runs);
    }

    private Task<string> CallAsync(CancellationToken cancellationToken = default) => CallAsync(honourToken: false, cancellationToken);

    private Task<string> CallAsync(bool honourToken, CancellationToken cancellationToken) => Cache.GetOrCreateAsync(
        "key",
        async token =>
        {
            Interlocked.Increment(ref _runs);
            _started.TrySetResult();
            return honourToken ? await _result.Task.WaitAsync(token) : await _result.Task;
        },
        cancellationToken).AsTask();
}
