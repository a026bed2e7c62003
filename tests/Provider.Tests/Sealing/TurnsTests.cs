using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Sealing;

public sealed class TurnsTests
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("counter");

    private readonly FakeClock _clock = new();
    private readonly Turns _turns;

    public TurnsTests() => _turns = new Turns(_clock);

    [Fact]
    public async Task One_goes_after_the_other()
    {
        var first = await _turns.TakeAsync(s_address, default);
        var second = _turns.TakeAsync(s_address, default).AsTask();
        Assert.False(second.IsCompleted);

        first.Dispose();

        using var turn = await second.InTime();
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public async Task Nobody_waits_longer_than_a_second_for_one_who_does_not_end()
    {
        using var endless = await _turns.TakeAsync(s_address, default);
        var second = _turns.TakeAsync(s_address, default).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(0.99));
        Assert.False(second.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(0.01));

        (await second.InTime()).Dispose();

        // Who went on without the turn has none to give back.
        Assert.False(_turns.TakeAsync(s_address, default).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_told_and_takes_no_turn()
    {
        using var source = new CancellationTokenSource();
        var first = await _turns.TakeAsync(s_address, default);
        var second = _turns.TakeAsync(s_address, source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.InTime());
        first.Dispose();
        (await _turns.TakeAsync(s_address, default).AsTask().InTime()).Dispose();
    }
}
