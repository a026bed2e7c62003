using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <content>Whether there is an entry is whether one counts; and what works while the cache is switched off.</content>
public abstract partial class FreshStoreContract
{
    private static readonly EntryWrite s_add = new() { Condition = WriteCondition.IfAbsent };
    private static readonly EntryWrite s_replace = new() { Condition = WriteCondition.IfPresent };

    private enum Presence
    {
        Nothing,
        Placeholder,
        Cleared,
        TagRemoved,
        Stale,
        Fresh,
    }

    public static TheoryData<string, bool> Presences => new()
    {
        { nameof(Presence.Nothing), false },
        { nameof(Presence.Placeholder), false },
        { nameof(Presence.Cleared), false },
        { nameof(Presence.TagRemoved), false },
        { nameof(Presence.Stale), true },
        { nameof(Presence.Fresh), true },
    };

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task An_entry_is_added_where_none_counts(string presence, bool counts)
    {
        await MakeAsync(presence);

        Assert.Equal(counts ? WriteOutcome.NotStored : WriteOutcome.Stored, await There.WriteAsync(Address, "added", s_add));

        Assert.Equal(counts ? "there" : "added", await Here.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task An_entry_is_replaced_where_one_counts(string presence, bool counts)
    {
        await MakeAsync(presence);

        Assert.Equal(counts ? WriteOutcome.Stored : WriteOutcome.NotStored, await There.WriteAsync(Address, "replaced", s_replace));

        Assert.Equal(counts, await Here.SeeAsync(Address) is "replaced");
    }

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task Many_entries_are_added_and_replaced_by_the_same_rule(string presence, bool counts)
    {
        KeyValuePair<EntryAddress, string>[] entries = [new(Scope.Entry("none"), "none"), new(Address, "written")];
        await MakeAsync(presence);

        var replaced = await There.WriteManyAsync(entries, s_replace);
        Assert.Equal([WriteOutcome.NotStored, counts ? WriteOutcome.Stored : WriteOutcome.NotStored], replaced);

        var added = await There.WriteManyAsync(entries, s_add);
        Assert.Equal([WriteOutcome.Stored, counts ? WriteOutcome.NotStored : WriteOutcome.Stored], added);
        Assert.Equal("written", await Here.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task An_entry_is_touched_where_one_counts(string presence, bool counts)
    {
        await MakeAsync(presence);

        Assert.Equal(counts ? WriteOutcome.Stored : WriteOutcome.NotStored, await There.TouchAsync(Address, Addresses.For(TimeSpan.FromHours(1))));

        var entry = await Here.ReadAsync<string>(Address);
        Assert.Equal(counts, entry.Outcome == ReadOutcome.Hit);
        Assert.Equal(counts, entry.Deadline is not null);
    }

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task A_removal_tells_whether_an_entry_counted(string presence, bool counts)
    {
        await MakeAsync(presence);

        Assert.Equal(counts ? RemoveOutcome.Removed : RemoveOutcome.NotFound, await There.RemoveAsync(Address));

        Assert.Equal("Miss", await Here.SeeAsync(Address));
        await using var lease = (await Here.ComeAsync(Address)).Lease;
        Assert.NotNull(lease);
    }

    [Theory]
    [MemberData(nameof(Presences))]
    public async Task A_version_is_swapped_where_the_entry_counts_still(string presence, bool counts)
    {
        await MakeAsync(presence);
        var seen = (await There.ReadAsync<string>(Address)).Version;

        var outcome = await There.WriteAsync(Address, "swapped", new EntryWrite { Condition = WriteCondition.IfVersion, Version = seen });

        Assert.Equal(counts ? WriteOutcome.Stored : WriteOutcome.NotStored, outcome);
        Assert.Equal(counts, await Here.SeeAsync(Address) is "swapped");
    }

    [Fact]
    public async Task A_version_that_was_cleared_meanwhile_is_not_swapped()
    {
        await Here.SetAsync(Address, "old");
        var seen = (await Here.ReadAsync<string>(Address)).Version;
        await There.ClearAsync(Scope);

        // This process learns of the clear by another entry.
        await Here.SetAsync(Scope.Entry("other"), "other");
        await Here.SeeAsync(Scope.Entry("other"));

        Assert.Equal(WriteOutcome.NotStored, await Here.WriteAsync(Address, "made of old", new EntryWrite { Condition = WriteCondition.IfVersion, Version = seen }));
        Assert.NotEqual("made of old", await There.SeeAsync(Address), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Of_many_who_add_at_once_exactly_one_has_added()
    {
        for (var round = 0; round < 8; round++)
        {
            if (round % 2 == 0)
            {
                await Here.ClearAsync(Scope);
            }
            else
            {
                await Here.RemoveAsync(Address);
            }

            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
                Task.Run(async () => (Name: $"{i}", Outcome: await (i % 2 == 0 ? Here : There).WriteAsync(Address, $"{i}", s_add)))));

            var (name, _) = Assert.Single(outcomes, one => one.Outcome == WriteOutcome.Stored);
            Assert.Equal(name, await Here.SeeAsync(Address));
        }
    }

    [Fact]
    public async Task Switched_off_reads_miss_and_writes_drop_and_removals_and_clears_still_run()
    {
        await Here.SetAsync(Address, "removed");
        await Here.SetAsync(Scope.Entry("cleared"), "cleared");
        var tagged = Scope.WithView("v").Entry("k");
        await Here.SetAsync(tagged, "tagged", "t");
        using var process = Start(_keys, configure: options => options.Enabled = false);
        var off = process.Fresh;

        Assert.Equal("Miss", await off.SeeAsync(Address));
        Assert.Equal(ReadOutcome.Miss, Assert.Single(await off.ReadManyAsync<string>([Address])).Outcome);
        var came = await off.ComeAsync(Scope.Entry("nothing"));
        Assert.Equal((ReadOutcome.Miss, null, false), (came.Outcome, came.Lease, came.IsLeased));
        Assert.Null(await off.LeaseAsync(Address, (await Here.ReadAsync<string>(Address)).Version, FreshWords.Lease));
        Assert.Equal(ReadOutcome.Miss, await off.RevalidateAsync(Address, new EntryStamp(1, (await Here.GenerationsAsync(Scope))!, null)));
        Assert.Null(await off.GenerationsAsync(Scope));
        Assert.Equal(WriteOutcome.Disabled, await off.WriteAsync(Address, "x", new EntryWrite()));
        Assert.Equal(WriteOutcome.Disabled, await off.WriteAsync(Address, "x", s_add));
        Assert.Equal([WriteOutcome.Disabled], await off.WriteManyAsync([KeyValuePair.Create(Address, "x")], new EntryWrite()));
        Assert.Equal(WriteOutcome.Disabled, await off.TouchAsync(Address, new EntryWrite()));
        Assert.Equal("removed", await Here.SeeAsync(Address));

        Assert.Equal(RemoveOutcome.Removed, await off.RemoveAsync(Address));
        Assert.Equal("Miss", await Here.SeeAsync(Address));
        Assert.True(await off.RemoveByTagsAsync(Scope, EntryTags.Of("t")));
        Assert.Equal("Outdated", await Here.SeeAsync(tagged));
        Assert.True(await off.ClearAsync(Scope));
        Assert.Equal("Outdated", await Here.SeeAsync(Scope.Entry("cleared")));
    }

    [Fact]
    public async Task A_life_or_a_fresh_time_that_is_not_positive_is_the_callers_error()
    {
        EntryWrite[] wrong = [Addresses.For(TimeSpan.Zero), Addresses.Sliding(TimeSpan.FromTicks(-1)), new() { FreshFor = TimeSpan.Zero }];
        foreach (var write in wrong)
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Here.WriteAsync(Address, "x", write));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Here.WriteManyAsync([KeyValuePair.Create(Address, "x")], write));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Here.TouchAsync(Address, write));
        }
    }

    [Fact]
    public async Task A_value_too_large_is_the_callers_error_and_leaves_what_was_there()
    {
        await Here.SetAsync(Address, "small");
        var write = new EntryWrite { Format = new EntryFormat { Compress = false } };

        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await Here.WriteAsync(Address, new byte[2 << 20], write));
        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await Here.WriteManyAsync([KeyValuePair.Create(Address, new byte[2 << 20])], write));

        Assert.Equal("small", await There.SeeAsync(Address));
    }

    private async Task MakeAsync(string presence)
    {
        switch (Enum.Parse<Presence>(presence))
        {
            case Presence.Placeholder:
                Assert.NotNull((await Here.ComeAsync(Address)).Lease);
                break;
            case Presence.Cleared:
                await Here.SetAsync(Address, "there");
                await Here.ClearAsync(Scope);
                break;
            case Presence.TagRemoved:
                await Here.SetAsync(Address, "there", "t");
                await Here.RemoveByTagsAsync(Scope, EntryTags.Of("t"));
                break;
            case Presence.Stale:
                await Here.WriteAsync(Address, "there", new EntryWrite { FreshFor = TimeSpan.FromTicks(1), Tags = EntryTags.Of("t") });
                break;
            case Presence.Fresh:
                await Here.SetAsync(Address, "there", "t");
                break;
            default:
                break;
        }
    }
}
