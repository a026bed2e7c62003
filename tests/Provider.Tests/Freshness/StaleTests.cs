using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

public sealed class StaleTests : IDisposable
{
    private static readonly EntryWrite s_write = new() { Life = new EntryLife(TimeSpan.FromSeconds(30)), FreshFor = TimeSpan.FromSeconds(10), Tags = EntryTags.Of("t") };
    private readonly EntryAddress _address = Addresses.Scope().Entry("account:1");
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly DisturbedCache _cache;

    public StaleTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _cache = new DisturbedCache(_server.Transport, _clock, new EphemeralDataProtectionProvider());
    }

    private IFreshStore Store => _cache.Fresh;

    public void Dispose()
    {
        _cache.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_value_is_fresh_then_stale_then_gone()
    {
        var start = _clock.GetUtcNow();
        await Store.WriteAsync(_address, "value", s_write);
        await ExpectAsync(ReadOutcome.Hit);

        Advance(9.999);
        await ExpectAsync(ReadOutcome.Hit);
        Advance(0.001);
        var entry = await ExpectAsync(ReadOutcome.Stale);
        Assert.Equal((start.AddSeconds(10), start.AddSeconds(30)), (entry.FreshUntil, entry.Deadline));
        Advance(19.999);
        await ExpectAsync(ReadOutcome.Stale);
        Advance(0.001);
        Assert.False((await Store.ReadAsync<string>(_address)).Found);
    }

    [Fact]
    public async Task Kept_past_its_deadline_by_the_server_it_is_gone_as_well()
    {
        await Store.WriteAsync(_address, "value", s_write);
        var item = await _cache.Client.GetAsync(_address.Wire());
        await _cache.Client.SetAsync(_address.Wire(), item.Value, Expiry.Never, item.Flags);

        Advance(30);

        Assert.Equal("Unopenable", await Store.SeeAsync(_address));
        await using var lease = (await Store.ComeAsync(_address)).Lease;
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task A_touch_renews_both_and_keeps_what_the_entry_depends_on()
    {
        await Store.WriteAsync(_address, "value", s_write);
        Advance(15);
        await ExpectAsync(ReadOutcome.Stale);

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(_address, s_write));

        await ExpectAsync(ReadOutcome.Hit);
        Advance(9.999);
        await ExpectAsync(ReadOutcome.Hit);
        Advance(0.001);
        await ExpectAsync(ReadOutcome.Stale);
        Advance(19.999);
        await ExpectAsync(ReadOutcome.Stale);
        await Store.RemoveByTagsAsync(_address.Scope, EntryTags.Of("t"));
        Assert.Equal("Outdated", await Store.SeeAsync(_address));
        Advance(0.001);
        Assert.False((await Store.ReadAsync<string>(_address)).Found);
    }

    [Fact]
    public async Task A_touch_without_a_fresh_time_makes_it_fresh_as_long_as_it_lives()
    {
        await Store.WriteAsync(_address, "value", s_write);
        Advance(15);

        await Store.TouchAsync(_address, Addresses.For(TimeSpan.FromSeconds(60)));

        Advance(59);
        Assert.Null((await ExpectAsync(ReadOutcome.Hit)).FreshUntil);
    }

    [Fact]
    public async Task Without_a_fresh_time_a_value_is_fresh_as_long_as_it_lives()
    {
        await Store.WriteAsync(_address, "value", Addresses.For(TimeSpan.FromSeconds(30)));

        Advance(29.999);

        await ExpectAsync(ReadOutcome.Hit);
    }

    [Fact]
    public async Task The_longest_times_there_are_are_kept()
    {
        await Store.WriteAsync(_address, "value", new EntryWrite { Life = new EntryLife(TimeSpan.MaxValue), FreshFor = TimeSpan.MaxValue });

        Advance(86_400 * 400);

        await ExpectAsync(ReadOutcome.Hit);
    }

    [Fact]
    public async Task A_stale_entry_with_a_sliding_window_is_kept_alive_by_being_read()
    {
        await Store.WriteAsync(_address, "value", new EntryWrite { Life = new EntryLife(Sliding: TimeSpan.FromSeconds(20)), FreshFor = TimeSpan.FromSeconds(10) });
        for (var i = 0; i < 4; i++)
        {
            Advance(15);
            Assert.True((await ExpectAsync(ReadOutcome.Stale)).IsSliding);
            await _cache.Client.GetAsync("after the touch");
        }

        Advance(21);
        Assert.False((await Store.ReadAsync<string>(_address)).Found);
    }

    [Fact]
    public async Task A_cleared_stale_entry_is_outdated_and_not_stale()
    {
        await Store.WriteAsync(_address, "value", s_write);
        Advance(15);

        await Store.ClearAsync(_address.Scope);

        Assert.Equal("Outdated", await Store.SeeAsync(_address));
    }

    private void Advance(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private async Task<FreshEntry<string>> ExpectAsync(ReadOutcome outcome)
    {
        var entry = await Store.ReadAsync<string>(_address);
        Assert.Equal((outcome, "value", true), (entry.Outcome, entry.Value, entry.Found));
        var one = Assert.Single(await Store.ReadManyAsync<string>([_address]));
        Assert.Equal((outcome, "value"), (one.Outcome, one.Value));
        var came = await Store.ComeAsync(_address);
        Assert.Equal((outcome, "value", null), (came.Outcome, came.Value, came.Lease));
        return entry;
    }
}
