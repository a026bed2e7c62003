using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Values past their time, and those near it.</summary>
public sealed class StaleTests : IDisposable
{
    private static readonly CachePolicy s_stale = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromSeconds(60) };
    private static readonly CachePolicy s_ahead = CachePolicy.For(TimeSpan.FromSeconds(10)) with { RefreshAhead = TimeSpan.FromSeconds(4) };

    private readonly Fleet _fleet = new();
    private readonly Gate _gate = new();
    private int _runs;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task One_caller_refreshes_a_stale_value_and_the_others_get_it_at_once_here_and_elsewhere()
    {
        await BecomeAsync(s_stale, seconds: 11);
        var refreshing = CallAsync(0, s_stale);
        await _gate.Reached;

        // The clock stands still, so nobody waited.
        Assert.Equal("old", await CallAsync(0, s_stale).InTime());
        Assert.Equal("old", await CallAsync(1, s_stale).InTime());
        Assert.False(refreshing.IsCompleted);
        _gate.Open();
        Assert.Equal("run 1", await refreshing);
        Assert.Equal("run 1", await CallAsync(1, s_stale));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_value_made_anew_is_fresh_again_for_its_full_time()
    {
        await BecomeAsync(s_stale, seconds: 11);
        _gate.Open();
        await CallAsync(0, s_stale);
        _fleet.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("run 1", await CallAsync(1, s_stale));
        Assert.Equal("run 1", await _fleet[1].Stack.GetAsync<string>("key"));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_factory_that_fails_gives_everybody_the_stale_value_and_is_logged_without_its_message()
    {
        await BecomeAsync(s_stale, seconds: 11);
        foreach (var process in _fleet.Processes)
        {
            Assert.Equal("old", await process.Stack.GetOrCreateAsync<string>("key", static _ => throw new InvalidDataException("secret-message"), s_stale).InTime());
            Assert.Equal(2000, Assert.Single(process.Log.Entries, static entry => entry.Text.Contains(nameof(InvalidDataException), StringComparison.Ordinal)).Id.Id);
            Assert.Contains(process.Log.Entries, static entry => entry.Text.Contains(nameof(A_factory_that_fails_gives_everybody_the_stale_value_and_is_logged_without_its_message), StringComparison.Ordinal));
            Assert.DoesNotContain(process.Log.Entries, static entry => entry.Text.Contains("secret-message", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_factory_that_fails_is_not_asked_again_for_a_second_by_the_same_process(bool withServices)
    {
        await BecomeAsync(s_stale, seconds: 11);
        Assert.Equal("old", await FailAsync(0));
        Assert.Equal("old", await FailAsync(0));
        Assert.Equal(1, _runs);
        Assert.Equal("old", await FailAsync(1));
        Assert.Equal(2, _runs);

        _fleet.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("old", await FailAsync(0));
        Assert.Equal(3, _runs);
        _fleet.Advance(TimeSpan.FromSeconds(1));
        _gate.Open();
        Assert.Equal("run 4", await CallAsync(0, s_stale).InTime());

        Task<string> FailAsync(int process)
        {
            return withServices ? _fleet[process].Stack.GetOrCreateAsync("key", (_, _, _) => FailedAsync(), s_stale).AsTask().InTime()
                : _fleet[process].Stack.GetOrCreateAsync("key", _ => FailedAsync(), s_stale).AsTask().InTime();
        }

        Task<string> FailedAsync()
        {
            Interlocked.Increment(ref _runs);
            return Task.FromException<string>(new InvalidDataException());
        }
    }

    [Fact]
    public async Task After_the_stale_time_there_is_no_value()
    {
        await BecomeAsync(s_stale, seconds: 71);
        _gate.Open();
        Assert.Equal("run 1", await CallAsync(1, s_stale));
    }

    [Fact]
    public async Task After_the_stale_time_a_factory_that_fails_fails_its_caller()
    {
        await BecomeAsync(s_stale, seconds: 71);
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            _fleet[0].Stack.GetOrCreateAsync<string>("key", static _ => throw new InvalidDataException(), s_stale).AsTask());
    }

    [Fact]
    public async Task Other_reads_never_answer_a_stale_value()
    {
        await BecomeAsync(s_stale, seconds: 11);
        Assert.False((await _fleet[0].Stack.TryGetAsync<string>("key", s_stale)).Found);
        Assert.Empty(await _fleet[0].Stack.GetManyAsync<string>(["key"], s_stale));
        Assert.Equal("none", (await _fleet[0].Stack.UpdateAsync<string>("key", static old => old.Found ? "found" : "none")).Value);
    }

    [Fact]
    public async Task A_caller_who_gives_up_on_refreshing_is_no_failure_of_the_factory()
    {
        await BecomeAsync(s_stale, seconds: 11);
        using var giveUp = new CancellationTokenSource();
        var refreshing = _fleet[0].Stack.GetOrCreateAsync(
            "key",
            async token =>
            {
                var ended = _gate.PassAsync();
                await ended.WaitAsync(token);
                return "never";
            },
            s_stale,
            giveUp.Token).AsTask();
        await _gate.Reached;
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refreshing);
        Assert.DoesNotContain(_fleet[0].Log.Entries, static entry => entry.Id.Id is 2000 or 2001);

        // Its lease was let go of: the next one refreshes.
        Assert.Equal("next", await _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("next"), s_stale).InTime());
    }

    [Fact]
    public async Task A_stale_value_is_refreshed_within_another_factory()
    {
        await BecomeAsync(s_stale, seconds: 11);
        _gate.Open();
        Assert.Equal("outer of run 1", await _fleet[0].Stack.GetOrCreateAsync("outer", async _ => "outer of " + await CallAsync(0, s_stale)));
    }

    [Fact]
    public async Task A_stale_function_that_asks_for_its_own_key_gets_the_stale_value()
    {
        await BecomeAsync(s_stale, seconds: 11);
        Assert.Equal("old+", await _fleet[0].Stack.GetOrCreateAsync(
            "key", async _ => await _fleet[0].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("inner"), s_stale) + "+", s_stale).InTime());
    }

    [Fact]
    public async Task Ahead_of_the_end_a_plain_factory_makes_one_caller_wait_and_the_others_get_the_present_value()
    {
        await BecomeAsync(s_ahead, seconds: 5);
        Assert.Equal("old", await CallAsync(0, s_ahead).InTime());
        Assert.Equal(0, _runs);
        _fleet.Advance(TimeSpan.FromSeconds(2));
        var refreshing = CallAsync(0, s_ahead);
        await _gate.Reached;
        Assert.Equal("old", await CallAsync(0, s_ahead).InTime());
        Assert.Equal("old", await CallAsync(1, s_ahead).InTime());
        _gate.Open();
        Assert.Equal("run 1", await refreshing);
        _fleet.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("run 1", await CallAsync(1, s_ahead));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Ahead_of_the_end_a_factory_with_services_refreshes_in_the_background()
    {
        await BecomeAsync(s_ahead, seconds: 7);
        var isRefresh = false;
        Assert.Equal("old", await _fleet[0].Stack.GetOrCreateAsync(
            "key",
            async (context, services, _) =>
            {
                isRefresh = context.IsRefresh;
                await services.GetRequiredService<IScopedCache>().SessionCache.SetAsync("seen", "by the background");
                await _gate.PassAsync();
                return "new";
            },
            s_ahead).InTime());
        await _gate.Reached;
        Assert.True(isRefresh);
        _gate.Open();
        await Eventually.TrueAsync(async () => await _fleet[1].Stack.GetAsync<string>("key") is "new");
        Assert.Equal("by the background", await _fleet[1].Caches.SessionCache.GetAsync<string>("seen"));
    }

    [Fact]
    public async Task In_the_background_also_what_a_factory_does_before_its_first_wait_holds_nobody_up()
    {
        await BecomeAsync(s_ahead, seconds: 7);
        using var release = new ManualResetEventSlim();
        var answered = Task.Run(() => _fleet[0].Stack.GetOrCreateAsync(
            "key",
            (_, _, _) =>
            {
                release.Wait(Eventually.Patience);
                return Task.FromResult("new");
            },
            s_ahead).AsTask());
        Assert.Equal("old", await answered.InTime());
        release.Set();
        await Eventually.TrueAsync(async () => await _fleet[1].Stack.GetAsync<string>("key") is "new");
    }

    [Fact]
    public async Task A_background_factory_that_fails_leaves_the_value_and_is_logged_without_its_message()
    {
        await BecomeAsync(s_ahead, seconds: 7);
        Assert.Equal("old", await _fleet[0].Stack.GetOrCreateAsync<string>("key", static (_, _, _) => Task.FromException<string>(new InvalidDataException("secret-message")), s_ahead));
        await Eventually.TrueAsync(() => _fleet[0].Log.Entries.Any(static entry => entry.Id.Id == 2001));
        Assert.DoesNotContain(_fleet[0].Log.Entries, static entry => entry.Text.Contains("secret-message", StringComparison.Ordinal));
        Assert.Equal("old", await _fleet[0].Stack.GetAsync<string>("key"));
    }

    [Fact]
    public async Task After_the_soft_timeout_the_stale_value_is_answered_and_the_factory_goes_on()
    {
        var policy = s_stale with { FactorySoftTimeout = TimeSpan.FromMilliseconds(300) };
        await BecomeAsync(policy, seconds: 11);
        var answer = CallWithServicesAsync(policy);
        await _gate.Reached;
        Assert.False(answer.IsCompleted);
        Assert.Equal("old", await _fleet.PassTimeAsync(answer));
        _gate.Open();
        await Eventually.TrueAsync(async () => await _fleet[1].Stack.GetAsync<string>("key") is "run 1");
    }

    [Fact]
    public async Task Without_a_stale_value_the_soft_timeout_does_not_apply()
    {
        var answer = CallWithServicesAsync(s_stale with { FactorySoftTimeout = TimeSpan.FromMilliseconds(300) });
        await _gate.Reached;
        _fleet.Advance(TimeSpan.FromSeconds(1));
        _gate.Open();
        Assert.Equal("run 1", await answer.InTime());
    }

    [Fact]
    public async Task A_plain_factory_is_waited_for_beyond_the_soft_timeout()
    {
        var policy = s_stale with { FactorySoftTimeout = TimeSpan.FromMilliseconds(300) };
        await BecomeAsync(policy, seconds: 11);
        var answer = CallAsync(0, policy);
        await _gate.Reached;
        _fleet.Advance(TimeSpan.FromSeconds(1));
        _gate.Open();
        Assert.Equal("run 1", await answer.InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_the_hard_timeout_the_call_fails_and_the_next_one_runs(bool withServices)
    {
        var policy = s_stale with { FactoryHardTimeout = TimeSpan.FromSeconds(2) };
        var answer = TimedAsync(policy, withServices);
        await _gate.Reached;
        _fleet.Advance(TimeSpan.FromSeconds(3));
        Assert.DoesNotContain("key", (await Assert.ThrowsAsync<TimeoutException>(() => answer.InTime())).Message, StringComparison.Ordinal);
        Assert.Equal("next", await _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("next"), policy).InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_the_hard_timeout_a_stale_value_is_answered(bool withServices)
    {
        var policy = s_stale with { FactoryHardTimeout = TimeSpan.FromSeconds(2) };
        await BecomeAsync(policy, seconds: 11);
        var answer = TimedAsync(policy, withServices);
        await _gate.Reached;
        _fleet.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("old", await answer.InTime());
    }

    [Fact]
    public async Task After_the_hard_timeout_a_factory_with_services_that_does_not_obey_is_left_alone_and_stores_nothing()
    {
        var answer = CallWithServicesAsync(s_stale with { FactoryHardTimeout = TimeSpan.FromSeconds(2) });
        await _gate.Reached;
        _fleet.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => answer.InTime());
        _gate.Open();
        Assert.False((await _fleet[0].Stack.TryGetAsync<string>("key")).Found);
    }

    private async Task BecomeAsync(CachePolicy policy, int seconds)
    {
        Assert.True(await _fleet[0].Stack.SetAsync("key", "old", policy));
        _fleet.Advance(TimeSpan.FromSeconds(seconds));
    }

    private Task<string> CallAsync(int process, CachePolicy policy) => _fleet[process].Stack.GetOrCreateAsync(
        "key",
        async _ =>
        {
            var run = Interlocked.Increment(ref _runs);
            await _gate.PassAsync();
            return $"run {run}";
        },
        policy).AsTask();

    private Task<string> CallWithServicesAsync(CachePolicy policy) => _fleet[0].Stack.GetOrCreateAsync(
        "key",
        async (_, _, _) =>
        {
            var run = Interlocked.Increment(ref _runs);
            await _gate.PassAsync();
            return $"run {run}";
        },
        policy).AsTask();

    /// <summary>A factory that obeys its token.</summary>
    private Task<string> TimedAsync(CachePolicy policy, bool withServices)
    {
        return withServices ? _fleet[0].Stack.GetOrCreateAsync("key", (_, _, token) => WaitAsync(token), policy).AsTask()
            : _fleet[0].Stack.GetOrCreateAsync("key", WaitAsync, policy).AsTask();

        async Task<string> WaitAsync(CancellationToken token)
        {
            var opened = _gate.PassAsync();
            await opened.WaitAsync(token);
            return "in time";
        }
    }
}
