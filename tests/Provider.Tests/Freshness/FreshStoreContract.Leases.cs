using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <content>Who may create an entry, and what becomes of who does not.</content>
public abstract partial class FreshStoreContract
{
    [Fact]
    public async Task Of_many_who_find_nothing_one_may_create()
    {
        var came = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(async () => await (i % 2 == 0 ? Here : There).ComeAsync(Address))));

        Assert.Single(came, entry => entry.Lease is not null);
        Assert.Equal(31, came.Count(entry => entry.IsLeased));
        Assert.All(came, entry => Assert.False(entry.Found));
    }

    [Fact]
    public async Task What_the_winner_stores_the_others_find()
    {
        var winner = await Here.ComeAsync(Address);
        await using var lease = winner.Lease;
        Assert.NotNull(lease);
        Assert.NotNull(winner.Generations);
        Assert.True((await There.ComeAsync(Address)).IsLeased);
        Assert.Equal("Miss", await There.SeeAsync(Address));

        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), winner.Generations));

        var found = await There.ComeAsync(Address);
        Assert.Equal("made", found.Value);
        Assert.Null(found.Lease);
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        Assert.Equal("made", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task A_winner_who_gives_up_lets_the_next_one_win_at_once()
    {
        var winner = await Here.ComeAsync(Address);
        Assert.True((await There.ComeAsync(Address)).IsLeased);

        await winner.Lease!.DisposeAsync();

        await using var next = (await There.ComeAsync(Address)).Lease;
        Assert.NotNull(next);
        await winner.Lease.DisposeAsync();
        Assert.True((await Here.ComeAsync(Address)).IsLeased);
    }

    [Fact]
    public async Task A_winner_who_falls_silent_holds_the_others_up_for_the_time_of_its_lease()
    {
        // Its clock stands still: no timer of its ever runs.
        using var silent = Start(_keys, new FakeClock());
        var dead = await silent.Fresh.ReadOrLeaseAsync<string>(Address, EntryRead.Default, TimeSpan.FromSeconds(1));
        Assert.NotNull(dead.Lease);
        Assert.True((await There.ComeAsync(Address)).IsLeased);

        FreshEntry<string> next = default;
        await Eventually.TrueAsync(async () => (next = await There.ComeAsync(Address)).Lease is not null);

        await using var lease = next.Lease!;
        Assert.Equal(WriteOutcome.NotStored, await dead.Lease.StoreAsync("too late", new EntryWrite(), dead.Generations!));
        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), next.Generations!));
        Assert.Equal("made", await Here.SeeAsync(Address));
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    [InlineData("add")]
    public async Task A_set_or_remove_by_another_takes_the_lease_away(string what)
    {
        foreach (var isThere in (bool[])[false, true])
        {
            // Where something outdated is there, the lease stands beside it.
            if (isThere)
            {
                await Here.SetAsync(Address, "before");
                await Here.ClearAsync(Scope);
            }

            var winner = await Here.ComeAsync(Address);
            await using var lease = winner.Lease;
            Assert.NotNull(lease);

            Assert.True(what switch
            {
                "set" => await There.WriteAsync(Address, "theirs", new EntryWrite()) == WriteOutcome.Stored,
                "add" => await There.WriteAsync(Address, "theirs", new EntryWrite { Condition = WriteCondition.IfAbsent }) == WriteOutcome.Stored,
                _ => await There.RemoveAsync(Address) == RemoveOutcome.NotFound,
            });

            Assert.Equal(WriteOutcome.NotStored, await lease.StoreAsync("made", new EntryWrite(), winner.Generations!));
            await lease.DisposeAsync();
            Assert.Equal(what is "remove" ? "Miss" : "theirs", await There.SeeAsync(Address));
            await Here.RemoveAsync(Address);
        }
    }

    [Theory]
    [InlineData("level")]
    [InlineData("view")]
    [InlineData("named tag")]
    [InlineData("unnamed tag")]
    public async Task A_clear_while_a_value_is_made_is_not_lost(string what)
    {
        var (scope, tags) = (Scope.WithView("v"), EntryTags.Of("t"));
        var address = scope.Entry("k");
        foreach (var isKnown in (bool[])[false, true])
        {
            if (isKnown)
            {
                await Here.SetAsync(scope.Entry("other"), "other", "t");
                await Here.SeeAsync(scope.Entry("other"), "t");
            }

            var winner = await Here.ComeAsync(address, what is "unnamed tag" ? null : tags);
            await using var lease = winner.Lease;
            Assert.NotNull(lease);

            await (what switch
            {
                "level" => There.ClearAsync(Scope),
                "view" => There.ClearAsync(scope),
                _ => There.RemoveByTagsAsync(Scope, tags),
            });
            await lease.StoreAsync("old", new EntryWrite { Tags = tags }, winner.Generations!);
            await lease.DisposeAsync();

            Assert.NotEqual("old", await There.SeeAsync(address), StringComparer.Ordinal);
            Assert.NotEqual("old", await There.SeeAsync(address, "t"), StringComparer.Ordinal);
            Assert.NotEqual("old", await Here.SeeAsync(address), StringComparer.Ordinal);
            await Here.RemoveAsync(address);
        }
    }

    [Fact]
    public async Task An_outdated_entry_is_made_anew_by_one()
    {
        await Here.SetAsync(Address, "old");
        await Here.ClearAsync(Scope);

        var came = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () => await (i % 2 == 0 ? Here : There).ComeAsync(Address))));

        var winner = Assert.Single(came, entry => entry.Lease is not null);
        Assert.Equal(15, came.Count(entry => entry.IsLeased));
        Assert.Equal(WriteOutcome.Stored, await winner.Lease!.StoreAsync("new", new EntryWrite(), winner.Generations!));
        await winner.Lease.DisposeAsync();
        Assert.Equal("new", (await There.ComeAsync(Address)).Value);
    }

    [Fact]
    public async Task An_entry_that_does_not_open_is_made_anew_by_one()
    {
        await Here.SetAsync(Address, "sealed under keys we do not have");
        using var stranger = Start(new MemoryKeyRing());
        using var friend = Start(new MemoryKeyRing());

        var winner = await stranger.Fresh.ComeAsync(Address);
        Assert.NotNull(winner.Lease);
        Assert.True((await friend.Fresh.ComeAsync(Address)).IsLeased);

        Assert.Equal(WriteOutcome.Stored, await winner.Lease.StoreAsync("new", new EntryWrite(), winner.Generations!));
        await winner.Lease.DisposeAsync();
        Assert.Equal("new", await stranger.Fresh.SeeAsync(Address));
    }

    [Fact]
    public async Task A_stale_entry_is_replaced_by_one_while_the_others_have_its_value()
    {
        await Here.WriteAsync(Address, "stale", new EntryWrite { FreshFor = TimeSpan.FromTicks(1) });
        var found = await Here.ComeAsync(Address);
        Assert.Equal((ReadOutcome.Stale, "stale"), (found.Outcome, found.Value));
        Assert.Null(found.Lease);

        await using var lease = await Here.LeaseAsync(Address, found.Version, FreshWords.Lease);
        Assert.NotNull(lease);
        Assert.Null(await There.LeaseAsync(Address, found.Version, FreshWords.Lease));
        Assert.Equal("stale", (await There.ComeAsync(Address)).Value);

        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("new", new EntryWrite(), found.Generations!));
        await lease.DisposeAsync();
        Assert.Equal("new", await There.SeeAsync(Address));
        Assert.Null(await There.LeaseAsync(Address, found.Version, FreshWords.Lease));
        await using var next = await There.LeaseAsync(Address, (await There.ReadAsync<string>(Address)).Version, FreshWords.Lease);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Who_wins_the_lease_on_an_entry_that_was_replaced_just_before_gets_none_and_keeps_nobody_waiting()
    {
        await Here.SetAsync(Address, "first");
        var seen = (await Here.ReadAsync<string>(Address)).Version;
        await There.SetAsync(Address, "second");

        Assert.Null(await Here.LeaseAsync(Address, seen, FreshWords.Lease));

        await using var lease = await There.LeaseAsync(Address, (await There.ReadAsync<string>(Address)).Version, FreshWords.Lease);
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task A_lease_on_a_present_entry_that_was_cleared_meanwhile_stores_nothing_that_counts()
    {
        await Here.WriteAsync(Address, "stale", new EntryWrite { FreshFor = TimeSpan.FromTicks(1) });
        var found = await Here.ComeAsync(Address);
        await using var lease = await Here.LeaseAsync(Address, found.Version, FreshWords.Lease);

        await There.ClearAsync(Scope);
        await lease!.StoreAsync("made before", new EntryWrite(), found.Generations!);

        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task A_lease_shorter_than_a_second_is_the_callers_error() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await Here.ReadOrLeaseAsync<string>(Address, EntryRead.Default, TimeSpan.FromMilliseconds(999)));
}
