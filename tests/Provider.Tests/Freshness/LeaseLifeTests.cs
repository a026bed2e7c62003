using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>How long a lease lasts: as long as its holder is alive, and not much longer.</summary>
public sealed class LeaseLifeTests : IDisposable
{
    private static readonly TimeSpan s_lease = FreshWords.Lease;
    private readonly EntryAddress _address = Addresses.Scope().Entry("account:1");
    private readonly FakeClock _clock = new();
    private readonly FakeClock _deadClock = new();
    private readonly EmbeddedMemcached _server;
    private readonly RecordingTransport _wire;
    private readonly DisturbedCache _alive;
    private readonly DisturbedCache _dead;
    private readonly DisturbedCache _other;

    public LeaseLifeTests()
    {
        var protection = new EphemeralDataProtectionProvider();
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _wire = new RecordingTransport(_server.Transport);
        _alive = new DisturbedCache(_wire, _clock, protection);
        _dead = new DisturbedCache(_server.Transport, _deadClock, protection);
        _other = new DisturbedCache(_server.Transport, _clock, protection);
    }

    /// <summary>Its timers run with the server's clock.</summary>
    private IFreshStore Alive => _alive.Fresh;

    /// <summary>Its timers never run.</summary>
    private IFreshStore Dead => _dead.Fresh;

    private IFreshStore Other => _other.Fresh;

    public void Dispose()
    {
        _alive.Dispose();
        _dead.Dispose();
        _other.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_holder_who_died_is_waited_for_as_long_as_its_lease_and_no_longer(bool isThere)
    {
        await MakeOutdatedAsync(isThere);
        var dead = await Dead.ComeAsync(_address);
        Assert.NotNull(dead.Lease);

        _clock.Advance(s_lease);
        Assert.True((await Other.ComeAsync(_address)).IsLeased);
        _clock.Advance(TimeSpan.FromSeconds(2));

        var next = await Other.ComeAsync(_address);
        await using var lease = next.Lease;
        Assert.NotNull(lease);
        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), next.Generations!));
        Assert.Equal(WriteOutcome.NotStored, await dead.Lease.StoreAsync("too late", new EntryWrite(), dead.Generations!));
        await dead.Lease.DisposeAsync();
        Assert.Equal("made", await Alive.SeeAsync(_address));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_holder_who_lives_keeps_its_lease_however_long_it_takes(bool isThere)
    {
        await MakeOutdatedAsync(isThere);
        var winner = await Alive.ComeAsync(_address);
        await using var lease = winner.Lease;
        Assert.NotNull(lease);

        for (var beat = 1; beat <= 30; beat++)
        {
            await BeatAsync(touches: beat);
            Assert.True((await Other.ComeAsync(_address)).IsLeased);
        }

        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), winner.Generations!));
        await lease.DisposeAsync();
        Assert.Equal("made", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task The_beat_ends_with_the_lease()
    {
        var winner = await Alive.ComeAsync(_address);
        await BeatAsync(touches: 1);
        await winner.Lease!.DisposeAsync();
        _wire.Clear();

        _clock.Advance(s_lease * 3);
        await SettleAsync();

        Assert.Empty(_wire.Requests);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3600)]
    public async Task A_value_that_another_set_meanwhile_keeps_its_own_life(int? seconds)
    {
        var winner = await Alive.ComeAsync(_address);
        await using var lease = winner.Lease;
        await Other.WriteAsync(_address, "theirs", new EntryWrite { Life = new EntryLife(seconds is { } life ? TimeSpan.FromSeconds(life) : null) });

        for (var beat = 1; beat <= 12; beat++)
        {
            _wire.Clear();
            _clock.Advance(s_lease / 3);
            await Eventually.TrueAsync(() => _wire.Requests.Count > 0);
            await SettleAsync();
            Assert.DoesNotContain(_wire.Requests, IsTouch);
        }

        await lease!.DisposeAsync();
        Assert.Equal("theirs", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task A_value_that_the_holder_stored_keeps_its_own_life()
    {
        var winner = await Alive.ComeAsync(_address);
        await using var lease = winner.Lease;
        await lease!.StoreAsync("made", new EntryWrite(), winner.Generations!);

        for (var beat = 0; beat < 12; beat++)
        {
            _clock.Advance(s_lease / 3);
            await SettleAsync();
        }

        Assert.Equal("made", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task A_value_that_the_holder_stores_while_it_looks_after_its_lease_keeps_its_own_life()
    {
        var winner = await Alive.ComeAsync(_address);
        await using var lease = winner.Lease;
        var stored = new TaskCompletionSource<WriteOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _alive.Store.AfterLook = async () => stored.SetResult(await lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));
        _clock.Advance(s_lease / 3);
        Assert.Equal(WriteOutcome.Stored, await stored.Task);
        await SettleAsync();

        _clock.Advance(s_lease * 2);
        Assert.Equal("made", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task A_value_that_takes_long_to_store_keeps_its_lease_meanwhile()
    {
        var winner = await Alive.ComeAsync(_address);
        await using var lease = winner.Lease;
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _alive.Store.Once("set", key: null, () => arrived.Task);
        var storing = lease!.StoreAsync("made", new EntryWrite(), winner.Generations!).AsTask();
        for (var beat = 1; beat <= 9; beat++)
        {
            await BeatAsync(touches: beat);
        }

        arrived.SetResult();
        Assert.Equal(WriteOutcome.Stored, await storing);
        Assert.Equal("made", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task An_evicted_placeholder_lets_another_win_and_its_holder_stores_nothing()
    {
        var winner = await Alive.ComeAsync(_address);
        Assert.True(await _other.Client.DeleteAsync(_address.Wire()));

        var next = await Other.ComeAsync(_address);
        await using var lease = next.Lease;
        Assert.NotNull(lease);
        await BeatWithoutTouchAsync();
        Assert.Equal(WriteOutcome.NotStored, await winner.Lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));
        await winner.Lease.DisposeAsync();

        Assert.True((await Dead.ComeAsync(_address)).IsLeased);
        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("theirs", new EntryWrite(), next.Generations!));
        Assert.Equal("theirs", await Alive.SeeAsync(_address));
    }

    [Fact]
    public async Task An_evicted_placeholder_that_nobody_misses_is_a_miss()
    {
        var winner = await Alive.ComeAsync(_address);
        _server.EvictAll();

        Assert.Equal(WriteOutcome.NotStored, await winner.Lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));
        await winner.Lease.DisposeAsync();

        Assert.Equal("Miss", await Other.SeeAsync(_address));
    }

    [Fact]
    public async Task An_evicted_lease_on_a_present_entry_makes_two_of_whom_one_stores()
    {
        await MakeOutdatedAsync(isThere: true);
        var first = await Alive.ComeAsync(_address);
        Assert.True(await _other.Client.DeleteAsync(_address.Wire(ScopedCaching.Memcached.Sealing.KeyDomain.Lease)));
        var second = await Other.ComeAsync(_address);
        Assert.NotNull(second.Lease);

        Assert.Equal(WriteOutcome.Stored, await second.Lease.StoreAsync("second", new EntryWrite(), second.Generations!));
        Assert.Equal(WriteOutcome.NotStored, await first.Lease!.StoreAsync("first", new EntryWrite(), first.Generations!));
        await first.Lease.DisposeAsync();
        await second.Lease.DisposeAsync();

        Assert.Equal("second", await Dead.SeeAsync(_address));
    }

    private async Task MakeOutdatedAsync(bool isThere)
    {
        if (isThere)
        {
            await Other.SetAsync(_address, "old");
            await Other.ClearAsync(_address.Scope);
        }
    }

    /// <summary>Lets a third of the lease pass, and waits until the sign of life has arrived.</summary>
    private async Task BeatAsync(int touches)
    {
        _clock.Advance(s_lease / 3);
        await Eventually.TrueAsync(() => _wire.Requests.Count(IsTouch) >= touches);
        await SettleAsync();
    }

    private async Task BeatWithoutTouchAsync()
    {
        _wire.Clear();
        _clock.Advance(s_lease / 3);
        await Eventually.TrueAsync(() => _wire.Requests.Count > 0);
        await SettleAsync();
        Assert.DoesNotContain(_wire.Requests, IsTouch);
    }

    private static bool IsTouch(string line) => line.StartsWith("mg ", StringComparison.Ordinal) && line.Contains(" T", StringComparison.Ordinal);

    /// <summary>The server has answered everything, and what follows from the answers was sent.</summary>
    private async Task SettleAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            await _alive.Client.GetAsync(RecordingTransport.Settling);
            await Task.Yield();
        }
    }
}
