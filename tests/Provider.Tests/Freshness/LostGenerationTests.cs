using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Freshness;

/// <summary>Generations that the server lost, that were damaged, or that a newer version of this library wrote.</summary>
public sealed class LostGenerationTests : IDisposable
{
    private readonly EntryScope _view = Addresses.Scope().WithView("v");
    private readonly EmbeddedMemcached _server = new();
    private readonly MemoryKeyRing _keys = new();
    private readonly CacheProcess _here;
    private readonly CacheProcess _there;

    public LostGenerationTests()
    {
        _here = CacheProcess.On(_server, keys: _keys);
        _there = CacheProcess.On(_server, keys: _keys);
    }

    private IFreshStore Here => _here.Fresh;

    private IFreshStore There => _there.Fresh;

    private EntryAddress Address => _view.Entry("k");

    public static TheoryData<string> Names => ["", "vv", "tt"];

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _server.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_lost_generation_makes_misses_and_what_it_made_so_never_comes_back(string name)
    {
        await Here.SetAsync(Address, "old", "t");
        Assert.Equal("old", await There.SeeAsync(Address));

        Assert.True(await _here.Client.DeleteAsync(_view.GenerationKey(name)));
        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal("Outdated", await Here.SeeAsync(Address, "t"));

        // Made anew, by whichever process, it is another.
        await There.SetAsync(_view.Entry("other"), "other", "t");
        Assert.Equal("other", await Here.SeeAsync(_view.Entry("other")));
        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal("Outdated", await Here.SeeAsync(Address));
        Assert.Equal(ReadOutcome.Outdated, Assert.Single(await Here.ReadManyAsync<string>([Address])).Outcome);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Who_remembers_a_lost_generation_writes_under_the_new_one(string name)
    {
        await Here.SetAsync(Address, "old", "t");
        await _here.Client.DeleteAsync(_view.GenerationKey(name));

        await Here.SetAsync(Address, "new", "t");

        Assert.Equal("new", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task A_server_that_lost_everything_is_an_empty_one()
    {
        await Here.SetAsync(Address, "old", "t");
        var winner = await Here.ComeAsync(_view.Entry("made"));
        _server.EvictAll();

        Assert.Equal("Miss", await There.SeeAsync(Address));
        Assert.Equal(WriteOutcome.NotStored, await winner.Lease!.StoreAsync("made before", new EntryWrite(), winner.Generations!));
        await winner.Lease.DisposeAsync();
        Assert.Equal("Miss", await There.SeeAsync(_view.Entry("made")));
        await There.SetAsync(Address, "new", "t");
        Assert.Equal("new", await Here.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_generation_lost_while_a_value_is_made_makes_the_value_a_miss(string name)
    {
        await Here.SetAsync(_view.Entry("other"), "other", "t");
        var winner = await Here.ComeAsync(Address, EntryTags.Of("t"));
        await using var lease = winner.Lease;

        await _here.Client.DeleteAsync(_view.GenerationKey(name));
        await There.GenerationsAsync(_view, EntryTags.Of("t"));
        await lease!.StoreAsync("made before", FreshWords.Tagged("t"), winner.Generations!);

        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_generation_that_does_not_open_is_a_lost_one_and_is_replaced(string name)
    {
        byte[][] damaged = [[], [1], [2, 255, 0, 1], [.. Enumerable.Repeat((byte)1, 300)]];
        foreach (var bytes in damaged)
        {
            await Here.SetAsync(Address, "old", "t");
            await _here.Client.SetAsync(_view.GenerationKey(name), bytes, Expiry.Never, flags: 1);

            Assert.Equal("Outdated", await There.SeeAsync(Address));
            await There.SetAsync(_view.Entry("other"), "other", "t");
            Assert.Equal("other", await Here.SeeAsync(_view.Entry("other")));
            Assert.Equal("Outdated", await Here.SeeAsync(Address));
        }
    }

    [Fact]
    public async Task A_generation_moved_from_elsewhere_does_not_open()
    {
        await Here.SetAsync(Address, "old", "t");
        var tag = await _here.Client.GetAsync(_view.GenerationKey("tt"));
        await _here.Client.SetAsync(_view.GenerationKey(), tag.Value, Expiry.Never, tag.Flags);

        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task A_generation_put_in_another_customers_place_does_not_open()
    {
        var (ours, theirs) = (Addresses.Scope("bank-a"), Addresses.Scope("bank-b"));
        await Here.SetAsync(ours.Entry("k"), "ours");
        await Here.SetAsync(theirs.Entry("k"), "theirs");

        var id = await _here.Client.GetAsync(ours.GenerationKey());
        await _here.Client.SetAsync(theirs.GenerationKey(), id.Value, Expiry.Never, id.Flags);

        Assert.Equal("Outdated", await There.SeeAsync(theirs.Entry("k")));
        Assert.Equal("ours", await There.SeeAsync(ours.Entry("k")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_generation_of_a_newer_version_is_not_overwritten_by_who_only_wants_to_write(string name)
    {
        await Here.SetAsync(Address, "old", "t");
        byte[] newer = [EnvelopeLayout.Revision + 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        await _here.Client.SetAsync(_view.GenerationKey(name), newer, Expiry.Never, flags: 1);

        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal(WriteOutcome.Unavailable, await There.WriteAsync(Address, "new", FreshWords.Tagged("t")));
        Assert.Equal(WriteOutcome.Unavailable, await Here.WriteAsync(Address, "new", FreshWords.Tagged("t")));
        Assert.Null(await There.GenerationsAsync(_view, EntryTags.Of("t")));
        var came = await There.ComeAsync(_view.Entry("missing"), EntryTags.Of("t"));
        Assert.Equal((ReadOutcome.Unavailable, null), (came.Outcome, came.Lease));

        Assert.Equal(newer, (await _here.Client.GetAsync(_view.GenerationKey(name))).Value);

        // Who clears means to replace it, and what is of an older revision a newer version reads.
        Assert.True(name.Length < 2 ? await There.ClearAsync(Addresses.Scope())
            : name[0] == 'v' ? await There.ClearAsync(_view)
            : await There.RemoveByTagsAsync(_view, EntryTags.Of("t")));
        await There.SetAsync(Address, "new", "t");
        Assert.Equal("new", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task An_entry_of_a_newer_version_is_a_miss_that_nobody_replaces_by_creating()
    {
        await Here.SetAsync(Address, "old");
        byte[] newer = [EnvelopeLayout.Revision + 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        await _here.Client.SetAsync(Address.Wire(), newer, Expiry.Never, flags: 1);

        var came = await There.ComeAsync(Address);
        Assert.Equal((ReadOutcome.Unopenable, true, false, null), (came.Outcome, came.IsNewer, came.IsLeased, came.Lease));
        Assert.Equal(WriteOutcome.NotStored, await There.WriteAsync(Address, "added", new EntryWrite { Condition = WriteCondition.IfAbsent }));
        Assert.Equal(WriteOutcome.NotStored, await There.WriteAsync(Address, "replaced", new EntryWrite { Condition = WriteCondition.IfPresent }));
        Assert.Equal(WriteOutcome.NotStored, await There.TouchAsync(Address, new EntryWrite()));
        Assert.Equal(newer, (await _here.Client.GetAsync(Address.Wire())).Value);

        // A set that left it there would leave an old value to those who can read it.
        await There.SetAsync(Address, "set");
        Assert.Equal("set", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task An_entry_of_revision_1_is_read_and_cleared_like_any_other()
    {
        await Here.SetAsync(Address, "value");
        Assert.Equal(1, (await _here.Client.GetAsync(Address.Wire())).Value![0]);
        await Here.SetAsync(_view.Entry("tagged"), "value", "t");
        Assert.Equal(2, (await _here.Client.GetAsync(_view.Entry("tagged").Wire())).Value![0]);

        await Here.ClearAsync(_view);

        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }
}
