using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>One node's clock is a minute ahead of or behind the server's and the other node's: misses at worst, never what was superseded.</summary>
public sealed class ClockJumpTests : IDisposable
{
    private readonly EntryScope _scope = Addresses.Scope();
    private readonly EphemeralDataProtectionProvider _protection = new();
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly DisturbedCache _right;
    private DisturbedCache? _wrong;
    private FakeClock? _wrongClock;

    public ClockJumpTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _right = new DisturbedCache(_server.Transport, _clock, _protection);
    }

    private EntryAddress Address => _scope.Entry("k");

    private IFreshStore Right => _right.Fresh;

    private IFreshStore Wrong => _wrong!.Fresh;

    public static TheoryData<int> Offsets => [-60, 60];

    public void Dispose()
    {
        _wrong?.Dispose();
        _right.Dispose();
        _server.Dispose();
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public async Task An_entry_is_found_by_both_while_both_think_that_it_lives(int offset)
    {
        Jump(offset);
        await Right.WriteAsync(Address, "right", Addresses.For(TimeSpan.FromMinutes(10)));
        Assert.Equal("right", await Wrong.SeeAsync(Address));
        await Wrong.WriteAsync(Address, "wrong", Addresses.For(TimeSpan.FromMinutes(10)));
        Assert.Equal("wrong", await Right.SeeAsync(Address));

        Advance(TimeSpan.FromMinutes(9));
        Assert.True(await Right.SeeAsync(Address) is "wrong" or "Unopenable");
        Advance(TimeSpan.FromMinutes(1));

        // Nobody keeps it longer than the server does, whatever the node thinks.
        Assert.Equal("Miss", await Wrong.SeeAsync(Address));
        Assert.False((await Right.ReadAsync<string>(Address)).Found);
    }

    [Fact]
    public async Task A_node_ahead_misses_early_and_a_node_behind_sees_an_entry_end_with_the_server()
    {
        Jump(60);
        await Right.WriteAsync(Address, "short", Addresses.For(TimeSpan.FromSeconds(30)));
        Assert.Equal("Unopenable", await Wrong.SeeAsync(Address));
        Assert.Equal("short", await Right.SeeAsync(Address));

        await Wrong.WriteAsync(Address, "from ahead", Addresses.For(TimeSpan.FromSeconds(30)));
        Assert.Equal("from ahead", await Right.SeeAsync(Address));
        Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("Miss", await Right.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public async Task Clears_removals_and_ids_do_not_depend_on_any_clock(int offset)
    {
        await Right.SetAsync(Address, "before", "t");
        Jump(offset);

        Assert.Equal("before", await Wrong.SeeAsync(Address));
        await Wrong.ClearAsync(_scope);
        Assert.Equal("Outdated", await Right.SeeAsync(Address));
        await Right.SetAsync(Address, "again", "t");
        Assert.Equal("again", await Wrong.SeeAsync(Address));
        await Right.RemoveByTagsAsync(_scope, EntryTags.Of("t"));
        Assert.Equal("Outdated", await Wrong.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public async Task One_leases_and_both_agree_who(int offset)
    {
        Jump(offset);
        var winner = await Wrong.ComeAsync(Address);
        await using var lease = winner.Lease;
        Assert.NotNull(lease);
        Assert.True((await Right.ComeAsync(Address)).IsLeased);

        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), winner.Generations!));

        Assert.Equal("made", await Right.SeeAsync(Address));
    }

    [Fact]
    public async Task A_jump_while_a_value_is_made_does_not_bring_back_what_was_cleared()
    {
        Jump(0);
        await Wrong.SetAsync(_scope.Entry("other"), "other", "t");
        var winner = await Wrong.ComeAsync(Address);
        await using var lease = winner.Lease;

        _wrongClock!.Advance(TimeSpan.FromMinutes(1));
        await Right.RemoveByTagsAsync(_scope, EntryTags.Of("t", "new"));
        await lease!.StoreAsync("old", FreshWords.Tagged("t", "new"), winner.Generations!);

        Assert.NotEqual("old", await Right.SeeAsync(Address), StringComparer.Ordinal);
        Assert.NotEqual("old", await Wrong.SeeAsync(Address), StringComparer.Ordinal);
    }

    [Fact]
    public async Task After_a_jump_an_entry_is_not_taken_for_the_same_by_its_end_and_read_again()
    {
        Jump(0);
        await Right.WriteAsync(Address, "value", Addresses.For(TimeSpan.FromMinutes(10)));
        var entry = await Wrong.ReadAsync<string>(Address);
        var stamp = entry.Stamp(_wrongClock!);
        Assert.Equal(ReadOutcome.Hit, await Wrong.RevalidateAsync(Address, stamp));

        _wrongClock!.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(ReadOutcome.Miss, await Wrong.RevalidateAsync(Address, stamp));
        Assert.Equal("value", await Wrong.SeeAsync(Address));
    }

    [Fact]
    public async Task What_is_stale_is_a_matter_of_each_nodes_clock_and_the_value_is_the_same()
    {
        Jump(60);
        await Right.WriteAsync(Address, "value", new EntryWrite { Life = new EntryLife(TimeSpan.FromMinutes(10)), FreshFor = TimeSpan.FromSeconds(30) });

        Assert.Equal(ReadOutcome.Hit, (await Right.ReadAsync<string>(Address)).Outcome);
        var stale = await Wrong.ReadAsync<string>(Address);
        Assert.Equal((ReadOutcome.Stale, "value"), (stale.Outcome, stale.Value));
    }

    private void Jump(int offset)
    {
        _wrongClock = new FakeClock(_clock.GetUtcNow().AddSeconds(offset));
        _wrong = new DisturbedCache(_server.Transport, _wrongClock, _protection);
    }

    private void Advance(TimeSpan by)
    {
        _clock.Advance(by);
        _wrongClock!.Advance(by);
    }
}
