using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Freshness;

/// <summary>What goes wrong between winning a lease and holding it, and who comes in between.</summary>
public sealed class LeaseFaultTests : IDisposable
{
    private readonly EntryScope _scope = Addresses.Scope();
    private readonly EmbeddedMemcached _server = new();
    private readonly DisturbedCache _here;
    private readonly DisturbedCache _there;

    public LeaseFaultTests()
    {
        var protection = new EphemeralDataProtectionProvider();
        _here = new DisturbedCache(_server.Transport, TimeProvider.System, protection);
        _there = new DisturbedCache(_server.Transport, TimeProvider.System, protection);
    }

    private EntryAddress Address => _scope.Entry("account:1");

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Whose_value_could_not_be_stored_does_not_wait_for_the_server_once_more()
    {
        var entry = await _here.Fresh.ComeAsync(Address);
        _here.Store.Fail("set", Address.Wire());
        Assert.Equal(WriteOutcome.Unavailable, await entry.Lease!.StoreAsync("made", new EntryWrite(), entry.Generations!));

        var (asked, hangs) = (new TaskCompletionSource(), new TaskCompletionSource());
        _here.Store.Once("remove", Address.Wire(), async () =>
        {
            asked.TrySetResult();
            await hangs.Task;
        });
        await entry.Lease.DisposeAsync().InTime();

        await asked.Task.InTime();
        hangs.SetResult();
        await Eventually.TrueAsync(async () => (await _there.Fresh.ComeAsync(Address)).Lease is not null);
    }

    [Theory]
    [InlineData("get", OnFailure.Miss)]
    [InlineData("get", OnFailure.Throw)]
    [InlineData("set", OnFailure.Miss)]
    [InlineData("set", OnFailure.Throw)]
    public async Task A_lease_won_without_ids_to_write_under_is_let_go(string verb, OnFailure onFailure)
    {
        _here.Options.OnFailure = onFailure;
        _here.Store.Fail(verb, _scope.GenerationKey());

        await ExpectFaultAsync(onFailure, () => _here.Fresh.ComeAsync(Address).AsTask());

        await using var lease = (await _there.Fresh.ComeAsync(Address)).Lease;
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task A_lease_asked_for_just_before_the_ids_are_refused_is_let_go()
    {
        _here.Store.Refused = _scope.GenerationKey();

        await ExpectFaultAsync(OnFailure.Miss, () => _here.Fresh.ComeAsync(Address).AsTask());

        await using var lease = (await _there.Fresh.ComeAsync(Address)).Lease;
        Assert.NotNull(lease);
    }

    [Theory]
    [InlineData(OnFailure.Miss)]
    [InlineData(OnFailure.Throw)]
    public async Task A_lease_won_on_an_entry_that_cannot_be_looked_at_any_more_is_let_go(OnFailure onFailure)
    {
        await MakeOutdatedAsync();
        _here.Options.OnFailure = onFailure;
        _here.Store.Fail("look", Address.Wire());
        var seen = (await _there.Fresh.ReadAsync<string>(Address)).Version;

        if (onFailure == OnFailure.Throw)
        {
            await Assert.ThrowsAsync<MemcachedTimeoutException>(async () => await _here.Fresh.LeaseAsync(Address, seen, FreshWords.Lease));
        }
        else
        {
            Assert.Null(await _here.Fresh.LeaseAsync(Address, seen, FreshWords.Lease));
        }

        await using var lease = (await _there.Fresh.ComeAsync(Address)).Lease;
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task Who_finds_an_outdated_entry_replaced_when_it_wins_the_lease_takes_the_new_value()
    {
        await MakeOutdatedAsync();
        _here.Store.Once("lease", Address.Wire(KeyDomain.Lease), async () => await _there.Fresh.SetAsync(Address, "new"));

        var came = await _here.Fresh.ComeAsync(Address);

        Assert.Equal((ReadOutcome.Hit, "new", null), (came.Outcome, came.Value, came.Lease));
        await using var lease = await _there.Fresh.LeaseAsync(Address, came.Version, FreshWords.Lease);
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task Who_finds_the_lease_on_an_outdated_entry_taken_and_the_entry_replaced_takes_the_new_value()
    {
        await MakeOutdatedAsync();
        var winner = await _there.Fresh.ComeAsync(Address);
        _here.Store.Once("look", key: null, async () => await winner.Lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));

        var came = await _here.Fresh.ComeAsync(Address);

        Assert.Equal((ReadOutcome.Hit, "made", null), (came.Outcome, came.Value, came.Lease));
        await winner.Lease!.DisposeAsync();
    }

    [Fact]
    public async Task An_outdated_entry_removed_before_the_lease_is_won_is_created_like_any_other()
    {
        await MakeOutdatedAsync();
        _here.Store.Once("lease", Address.Wire(KeyDomain.Lease), async () => await _there.Fresh.RemoveAsync(Address));

        var came = await _here.Fresh.ComeAsync(Address);

        await using var lease = came.Lease;
        Assert.NotNull(lease);
        Assert.Equal(WriteOutcome.Stored, await lease.StoreAsync("made", new EntryWrite(), came.Generations!));
        Assert.Equal("made", await _there.Fresh.SeeAsync(Address));
    }

    [Fact]
    public async Task A_clear_between_winning_and_reading_the_ids_does_not_cost_the_value()
    {
        _here.Store.Once("get", _scope.GenerationKey(), async () => await _there.Fresh.ClearAsync(_scope));

        var came = await _here.Fresh.ComeAsync(Address);
        await using var lease = came.Lease;
        await lease!.StoreAsync("made", new EntryWrite(), came.Generations!);

        Assert.Equal("made", await _there.Fresh.SeeAsync(Address));
    }

    [Theory]
    [InlineData(OnFailure.Miss)]
    [InlineData(OnFailure.Throw)]
    public async Task Letting_go_never_throws_and_storing_tells(OnFailure onFailure)
    {
        var winner = await _here.Fresh.ComeAsync(Address);
        _here.Options.OnFailure = onFailure;
        _here.Store.Before = (_, _) => throw new IOException("The link is broken.");

        if (onFailure == OnFailure.Throw)
        {
            await Assert.ThrowsAsync<IOException>(async () => await winner.Lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));
        }
        else
        {
            Assert.Equal(WriteOutcome.Unavailable, await winner.Lease!.StoreAsync("made", new EntryWrite(), winner.Generations!));
        }

        await winner.Lease!.DisposeAsync();
    }

    [Fact]
    public async Task A_clear_that_comes_between_the_ids_and_a_write_is_noticed_and_the_value_written_anew()
    {
        await _here.Fresh.SetAsync(Address, "old");
        await _there.Fresh.ClearAsync(_scope);

        await _here.Fresh.SetAsync(Address, "new");

        Assert.Equal("new", await _there.Fresh.SeeAsync(Address));
    }

    [Fact]
    public async Task An_entry_added_between_the_look_and_the_write_is_not_overwritten_by_an_add()
    {
        foreach (var before in (string[])["nothing", "outdated"])
        {
            await _there.Fresh.RemoveAsync(Address);
            if (before is "outdated")
            {
                await MakeOutdatedAsync();
            }

            _here.Store.Once("set", Address.Wire(), async () => await _there.Fresh.SetAsync(Address, "theirs"));

            Assert.Equal(WriteOutcome.NotStored, await _here.Fresh.WriteAsync(Address, "added", new EntryWrite { Condition = WriteCondition.IfAbsent }));
            Assert.Equal("theirs", await _there.Fresh.SeeAsync(Address));
        }
    }

    [Fact]
    public async Task A_lease_taken_between_the_look_and_the_write_does_not_keep_an_add_from_storing()
    {
        _here.Store.Once("set", Address.Wire(), async () => Assert.NotNull((await _there.Fresh.ComeAsync(Address)).Lease));

        Assert.Equal(WriteOutcome.Stored, await _here.Fresh.WriteAsync(Address, "added", new EntryWrite { Condition = WriteCondition.IfAbsent }));
        Assert.Equal("added", await _there.Fresh.SeeAsync(Address));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_who_make_a_missing_id_at_once_the_later_one_takes_what_the_first_made(bool isDamaged)
    {
        if (isDamaged)
        {
            await _here.Client.SetAsync(_scope.GenerationKey(), new byte[] { 1, 2, 3 }, Expiry.Never, flags: 1);
        }

        _here.Store.Once("set", _scope.GenerationKey(), async () => await _there.Fresh.SetAsync(Address, "theirs"));

        await _here.Fresh.SetAsync(_scope.Entry("ours"), "ours");

        Assert.Equal("theirs", await _here.Fresh.SeeAsync(Address));
        Assert.Equal("ours", await _there.Fresh.SeeAsync(_scope.Entry("ours")));
    }

    [Fact]
    public async Task An_entry_removed_between_the_look_and_the_write_is_not_brought_back_by_a_replace()
    {
        await _here.Fresh.SetAsync(Address, "there");
        _here.Store.Once("set", Address.Wire(), async () => await _there.Fresh.RemoveAsync(Address));

        Assert.Equal(WriteOutcome.NotStored, await _here.Fresh.WriteAsync(Address, "replaced", new EntryWrite { Condition = WriteCondition.IfPresent }));
        Assert.Equal("Miss", await _there.Fresh.SeeAsync(Address));
    }

    [Fact]
    public async Task A_store_without_leases_lets_everybody_create_and_nobody_wait()
    {
        using var poor = new DisturbedCache(_server.Transport, TimeProvider.System, lacks: StoreCapabilities.Lease);

        for (var i = 0; i < 2; i++)
        {
            var came = await poor.Fresh.ComeAsync(Address);
            Assert.Equal((ReadOutcome.Miss, null, false), (came.Outcome, came.Lease, came.IsLeased));
            Assert.NotNull(came.Generations);
        }

        await poor.Fresh.SetAsync(Address, "value", "t");
        Assert.Null(await poor.Fresh.LeaseAsync(Address, (await poor.Fresh.ReadAsync<string>(Address)).Version, FreshWords.Lease));
        await poor.Fresh.ClearAsync(_scope);
        var outdated = await poor.Fresh.ComeAsync(Address);
        Assert.Equal((ReadOutcome.Outdated, null, false), (outdated.Outcome, outdated.Lease, outdated.IsLeased));
        Assert.NotNull(outdated.Generations);
    }

    [Fact]
    public async Task A_store_without_versions_still_clears_and_removes_by_tags()
    {
        using var poor = new DisturbedCache(_server.Transport, TimeProvider.System, lacks: StoreCapabilities.Lease | StoreCapabilities.CompareAndSwap);
        await poor.Fresh.SetAsync(Address, "value", "t");
        Assert.Equal("value", await poor.Fresh.SeeAsync(Address));

        await poor.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("t"));
        Assert.Equal("Outdated", await poor.Fresh.SeeAsync(Address));
        await poor.Fresh.SetAsync(Address, "value");
        await poor.Client.SetAsync(_scope.GenerationKey(), new byte[] { 1, 2, 3 }, Expiry.Never, flags: 1);
        Assert.Equal("Outdated", await poor.Fresh.SeeAsync(Address));
        await poor.Fresh.SetAsync(Address, "new");
        Assert.Equal("new", await poor.Fresh.SeeAsync(Address));
    }

    private async Task MakeOutdatedAsync()
    {
        await _there.Fresh.SetAsync(Address, "old");
        await _there.Fresh.ClearAsync(_scope);
    }

    private static async Task ExpectFaultAsync(OnFailure onFailure, Func<Task<FreshEntry<string>>> act)
    {
        if (onFailure == OnFailure.Throw)
        {
            await Assert.ThrowsAnyAsync<MemcachedException>(act);
        }
        else
        {
            var came = await act();
            Assert.Equal((ReadOutcome.Unavailable, null, false), (came.Outcome, came.Lease, came.IsLeased));
        }
    }
}
