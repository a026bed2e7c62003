using Functions.Tests.Samples;
using Provider.Tests.Doubles;
using ScopedCaching;

namespace Functions.Tests;

/// <summary>Calling cached functions.</summary>
public sealed class CallTests : IDisposable
{
    private static readonly User s_ana = new("ana");
    private readonly FakeClock _clock = new();
    private readonly TestScopedCache _caches;
    private readonly ProfileHandler _handler;

    public CallTests()
    {
        _caches = ScopedCacheTesting.Create(timeProvider: _clock);
        _handler = new ProfileHandler(_caches);
    }

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task A_second_call_returns_what_the_first_one_stored()
    {
        Assert.Equal(new Profile("ana", 1), await _handler.GetProfileAsync(s_ana));
        Assert.Equal(new Profile("ana", 1), await _handler.GetProfileAsync(s_ana));
        Assert.Equal(new Profile("bo", 2), await _handler.GetProfileAsync(new User("bo")));
    }

    [Fact]
    public void A_function_that_is_not_asynchronous_is_cached_too()
    {
        Assert.Equal(4, _handler.Twice(2));
        Assert.Equal(4, _handler.Twice(2));
        Assert.Equal(1, _handler.Calls);
    }

    [Fact]
    public async Task A_value_ends_after_its_seconds()
    {
        await _handler.FindAsync("ana");
        _clock.Advance(TimeSpan.FromSeconds(59));
        await _handler.FindAsync("ana");
        Assert.Equal(1, _handler.Calls);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _handler.FindAsync("ana");
        Assert.Equal(2, _handler.Calls);
    }

    [Fact]
    public async Task A_null_is_cached_and_an_exception_is_not()
    {
        Assert.Null(await _handler.FindAsync(null));
        Assert.Null(await _handler.FindAsync(null));
        Assert.Equal(1, _handler.Calls);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _handler.FindAsync("bad").AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => _handler.FindAsync("bad").AsTask());
        Assert.Equal(3, _handler.Calls);
    }

    [Fact]
    public async Task Positional_named_and_defaulted_arguments_are_the_same_call()
    {
        await _handler.AddAsync(1);
        await _handler.AddAsync(1, 10);
        await _handler.AddAsync(b: 10, a: 1);
        Assert.Equal(1, _handler.Calls);
        Assert.Equal(12, await _handler.AddAsync(1, 11));
    }

    [Fact]
    public async Task A_call_that_skips_runs_the_function_and_stores()
    {
        await _handler.GetProfileAsync(s_ana);
        Assert.Equal(2, (await _handler.GetProfileAsync(s_ana, force: true)).Calls);
        Assert.Equal(2, (await _handler.GetProfileAsync(s_ana)).Calls);
    }

    [Fact]
    public void A_method_can_say_when_to_skip()
    {
        Assert.Equal(1, _handler.Skipping(new User("ana", Age: 91)));
        Assert.Equal(2, _handler.Skipping(new User("ana", Age: 91)));
        Assert.Equal(2, _handler.Skipping(new User("ana", Age: 20)));
        _handler.Branch = "side";
        Assert.Equal(2, _handler.Skipping(new User("ana", Age: 91)));
    }

    [Fact]
    public void Only_what_is_listed_matters_and_a_null_on_the_path_is_a_value()
    {
        var calls = new[]
        {
            _handler.Shipping(null), _handler.Shipping(new User("ana")), _handler.Shipping(new User(null, new Address("1"))),
            _handler.Shipping(new User("bo", new Address("1"))), _handler.Shipping(new User("bo", new Address("1"), 30)), _handler.Shipping(null),
        };

        // No user, and a user without address and age, have the same nulls.
        Assert.Equal([1, 1, 2, 2, 3, 1], calls);
        _handler.Branch = "side";
        Assert.Equal(4, _handler.Shipping(null));
    }

    [Fact]
    public void An_empty_list_makes_one_entry() => Assert.Equal(_handler.Same(s_ana), _handler.Same(new User("bo")));

    [Fact]
    public void A_method_can_say_what_the_key_varies_on()
    {
        Assert.Equal(_handler.ForDecade(new User("ana", Age: 31)), _handler.ForDecade(new User("bo", Age: 39)));
        Assert.NotEqual(_handler.ForDecade(new User("ana", Age: 31)), _handler.ForDecade(new User("ana", Age: 41)));
    }

    [Fact]
    public async Task A_function_that_calls_itself_does_not_stand_still_and_its_inner_calls_are_cached()
    {
        Assert.Equal(832_040, await _handler.FibonacciAsync(30));
        Assert.Equal(31, _handler.Calls);
    }

    [Fact]
    public async Task Ten_concurrent_calls_run_the_body_once()
    {
        var gate = new TaskCompletionSource();
        _handler.Inside = _ => gate.Task;
        var calls = Enumerable.Range(0, 10).Select(_ => _handler.GetProfileAsync(s_ana)).ToArray();
        gate.SetResult();

        Assert.All(await Task.WhenAll(calls), static profile => Assert.Equal(new Profile("ana", 1), profile));
    }

    [Fact]
    public async Task The_token_reaches_the_body_and_is_no_part_of_the_key()
    {
        using var source = new CancellationTokenSource();
        var inside = new TaskCompletionSource();
        _handler.Inside = async token =>
        {
            inside.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        var call = _handler.AddAsync(1, 2, source.Token);
        await inside.Task;
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        _handler.Inside = static _ => Task.CompletedTask;
        Assert.Equal(3, await _handler.AddAsync(1, 2, CancellationToken.None));
        using var other = new CancellationTokenSource();
        Assert.Equal(3, await _handler.AddAsync(1, 2, other.Token));
        Assert.Equal(2, _handler.Calls);
    }

    [Fact]
    public void Functions_of_one_name_in_two_types_share_nothing()
    {
        Assert.Equal(1, new Plain(_caches).Get());
        Assert.Equal(-1, new OtherPlain(_caches).Get());
    }

    [Fact]
    public async Task An_invoker_of_ones_own_runs_the_body_and_is_told_of_every_call()
    {
        var retried = new Retried(_caches);
        Assert.Equal((5, 5), (retried.Get(5), retried.Get(5)));
        Assert.Equal(5, await retried.GetCache.RefreshAsync(5));
        Assert.Throws<InvalidOperationException>(() => retried.Get(-1));

        Assert.Equal(["at Stack again", "Ran", "Cached", "Refreshed", "Failed"], Invoker.Seen.Select(static line => line["Functions.Tests.Samples.Retried.Get ".Length..]));
    }
}
