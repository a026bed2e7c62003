using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

public sealed class FreshStoreOnEmbeddedTests : FreshStoreContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start(MemoryKeyRing keys, TimeProvider? clock = null, Action<MemcachedOptions>? configure = null) =>
        CacheProcess.On(_server, clock, keys, configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class FreshStoreOnRealMemcachedTests(SharedMemcached shared) : FreshStoreContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start(MemoryKeyRing keys, TimeProvider? clock = null, Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Servers = [MemcachedEndpoint.Tcp(shared.Server.Host, shared.Server.Port)];
                configure?.Invoke(options);
            },
            clock,
            keys);
}

public sealed class FreshStoreOnThreeEmbeddedTests : FreshStoreContract
{
    private readonly EmbeddedServers _servers = new();

    internal override CacheProcess Start(MemoryKeyRing keys, TimeProvider? clock = null, Action<MemcachedOptions>? configure = null) =>
        CacheProcess.On(_servers.Endpoints, clock, keys, configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _servers.Dispose();
    }
}

public sealed class FreshStoreOnThreeMemcachedTests(SharedMemcachedRing ring) : FreshStoreContract, IClassFixture<SharedMemcachedRing>
{
    internal override CacheProcess Start(MemoryKeyRing keys, TimeProvider? clock = null, Action<MemcachedOptions>? configure = null) =>
        CacheProcess.On(ring.Endpoints, clock, keys, configure);
}

/// <summary>What every user of <see cref="IFreshStore"/> relies on, whatever server is behind it: clears and tags, seen by every process at once.</summary>
public abstract partial class FreshStoreContract : IDisposable
{
    private readonly string _customer = "customer-" + Guid.NewGuid().ToString("N");
    private readonly MemoryKeyRing _keys = new();
    private readonly Lazy<CacheProcess> _here;
    private readonly Lazy<CacheProcess> _there;

    protected FreshStoreContract()
    {
        _here = new Lazy<CacheProcess>(() => Start(_keys));
        _there = new Lazy<CacheProcess>(() => Start(_keys));
    }

    private IFreshStore Here => _here.Value.Fresh;

    /// <summary>Another process of the same application.</summary>
    private IFreshStore There => _there.Value.Fresh;

    private EntryScope Scope => field ??= Addresses.Scope(_customer);

    private EntryAddress Address => Scope.Entry("account:1");

    internal abstract CacheProcess Start(MemoryKeyRing keys, TimeProvider? clock = null, Action<MemcachedOptions>? configure = null);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (var process in (Lazy<CacheProcess>[])[_here, _there])
        {
            if (disposing && process.IsValueCreated)
            {
                process.Value.Dispose();
            }
        }
    }

    [Fact]
    public async Task What_one_process_writes_another_reads()
    {
        Assert.Equal("Miss", await There.SeeAsync(Address));

        await Here.SetAsync(Address, "value");

        Assert.Equal("value", await There.SeeAsync(Address));
        Assert.Equal("value", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task The_sealed_store_below_sees_the_same_values()
    {
        await Here.WriteAsync(Address, 42, new EntryWrite { Tags = EntryTags.Of("t"), FreshFor = TimeSpan.FromHours(1) });

        Assert.Equal(42, (await _there.Value.Sealed.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task What_was_written_below_without_generations_does_not_count()
    {
        await _here.Value.Sealed.WriteAsync(Address, "value", new EntryWrite());

        Assert.Equal("Outdated", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task A_clear_is_seen_by_the_very_next_read_of_another_process()
    {
        await Here.SetAsync(Address, "old");
        Assert.Equal("old", await There.SeeAsync(Address));

        Assert.True(await Here.ClearAsync(Scope));

        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal("Outdated", await Here.SeeAsync(Address));
        await There.SetAsync(Address, "new");
        Assert.Equal("new", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task A_clear_of_an_empty_scope_keeps_nothing_from_being_written()
    {
        Assert.True(await Here.ClearAsync(Scope));

        await There.SetAsync(Address, "value");

        Assert.Equal("value", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task A_clear_of_the_level_reaches_its_views()
    {
        var view = Scope.WithView("v").Entry("k");
        await Here.SetAsync(view, "in the view");

        await There.ClearAsync(Scope);

        Assert.Equal("Outdated", await Here.SeeAsync(view));
    }

    [Fact]
    public async Task A_clear_of_a_view_reaches_neither_the_level_nor_other_views()
    {
        var (cleared, other) = (Scope.WithView("v").Entry("k"), Scope.WithView("w").Entry("k"));
        await Here.SetAsync(cleared, "cleared");
        await Here.SetAsync(other, "other");
        await Here.SetAsync(Address, "level");

        Assert.True(await There.ClearAsync(Scope.WithView("v")));

        Assert.Equal("Outdated", await Here.SeeAsync(cleared));
        Assert.Equal("other", await Here.SeeAsync(other));
        Assert.Equal("level", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task A_clear_reaches_neither_other_customers_nor_other_levels_nor_other_ids()
    {
        EntryScope[] others =
        [
            Addresses.Scope(_customer + "2"),
            new(Scope.Prefix, "session", _customer, _customer),
            new(Scope.Prefix, Scope.Level, _customer, "another id"),
            new(Scope.Prefix + "2", Scope.Level, _customer, _customer),
        ];
        foreach (var other in others)
        {
            await Here.SetAsync(other.Entry("k"), "theirs");
        }

        await Here.SetAsync(Address, "ours");

        await There.ClearAsync(Scope);

        Assert.Equal("Outdated", await Here.SeeAsync(Address));
        foreach (var other in others)
        {
            Assert.Equal("theirs", await Here.SeeAsync(other.Entry("k")));
        }
    }

    [Fact]
    public async Task The_removal_of_a_tag_is_seen_by_the_very_next_read_and_reaches_all_views_and_nothing_else()
    {
        var view = Scope.WithView("v").Entry("k");
        await Here.SetAsync(Address, "level", "a", "b");
        await Here.SetAsync(view, "view", "b");
        await Here.SetAsync(Scope.Entry("untagged"), "untagged");
        await Here.SetAsync(Scope.Entry("tagged c"), "tagged c", "c");
        var theirs = Addresses.Scope(_customer + "2").Entry("k");
        await Here.SetAsync(theirs, "theirs", "b");
        Assert.Equal("level", await There.SeeAsync(Address));
        Assert.Equal("view", await There.SeeAsync(view));

        Assert.True(await Here.RemoveByTagsAsync(Scope.WithView("w"), EntryTags.Of("b")));

        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal("Outdated", await There.SeeAsync(Address, "a", "b"));
        Assert.Equal("Outdated", await There.SeeAsync(view));
        Assert.Equal("untagged", await There.SeeAsync(Scope.Entry("untagged")));
        Assert.Equal("tagged c", await There.SeeAsync(Scope.Entry("tagged c")));
        Assert.Equal("theirs", await There.SeeAsync(theirs));
    }

    [Fact]
    public async Task Whatever_tags_the_reader_names_it_finds_the_entry_and_sees_its_tags_removed()
    {
        string[][] guesses = [[], ["a"], ["b"], ["a", "b"], ["a", "b", "c"], ["x", "y"]];
        foreach (var guess in guesses)
        {
            await Here.SetAsync(Address, "value", "a", "b");
            Assert.Equal("value", await There.SeeAsync(Address, guess));

            await Here.RemoveByTagsAsync(Scope, EntryTags.Of("b"));

            Assert.Equal("Outdated", await There.SeeAsync(Address, guess));
        }
    }

    [Fact]
    public async Task Tags_that_differ_in_case_or_hold_any_text_are_tags_of_their_own()
    {
        await Here.SetAsync(Address, "value", "Tag", "half \ud83d");

        await Here.RemoveByTagsAsync(Scope, EntryTags.Of("tag", "half \ude00", "half \ufffd"));
        Assert.Equal("value", await There.SeeAsync(Address));

        await Here.RemoveByTagsAsync(Scope, EntryTags.Of("half \ud83d"));
        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task Removing_no_tags_is_done_at_once() => Assert.True(await Here.RemoveByTagsAsync(Scope, EntryTags.None));

    [Fact]
    public async Task Entries_written_before_and_after_a_clear_are_told_apart_in_one_batch()
    {
        await Here.SetAsync(Scope.Entry("1"), "old");
        await Here.SetAsync(Scope.Entry("2"), "old", "t");
        await Here.ClearAsync(Scope);
        await Here.SetAsync(Scope.Entry("3"), "new");
        await Here.SetAsync(Scope.Entry("4"), "new", "t");
        await Here.SetAsync(Scope.Entry("5"), "gone", "u");
        await Here.RemoveByTagsAsync(Scope, EntryTags.Of("u"));

        var read = await There.ReadManyAsync<string>([.. Enumerable.Range(1, 6).Select(i => Scope.Entry($"{i}"))]);

        Assert.Equal(
            [ReadOutcome.Outdated, ReadOutcome.Outdated, ReadOutcome.Hit, ReadOutcome.Hit, ReadOutcome.Outdated, ReadOutcome.Miss],
            read.Select(entry => entry.Outcome));
        Assert.Equal(["new", "new"], read.Where(entry => entry.Found).Select(entry => entry.Value), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_written_under_what_is_current_or_what_was_read_before()
    {
        KeyValuePair<EntryAddress, string>[] entries = [new(Scope.Entry("1"), "one"), new(Scope.Entry("2"), "two")];
        Assert.All(await Here.WriteManyAsync(entries, FreshWords.Tagged("t")), outcome => Assert.Equal(WriteOutcome.Stored, outcome));
        Assert.Equal("one", await There.SeeAsync(Scope.Entry("1")));
        Assert.Equal("two", await There.SeeAsync(Scope.Entry("2")));

        var before = await Here.GenerationsAsync(Scope, EntryTags.Of("t"));
        await There.RemoveByTagsAsync(Scope, EntryTags.Of("t"));
        await Here.WriteManyAsync(entries, FreshWords.Tagged("t"), before);

        Assert.Equal("Outdated", await There.SeeAsync(Scope.Entry("1")));
        Assert.Equal("Outdated", await There.SeeAsync(Scope.Entry("2")));
    }

    [Fact]
    public async Task A_clear_between_reading_the_ids_and_writing_is_not_lost()
    {
        foreach (var scope in (EntryScope[])[Scope, Scope.WithView("v")])
        {
            foreach (var cleared in (EntryScope[])[Scope, scope])
            {
                var before = await Here.GenerationsAsync(scope);
                await There.ClearAsync(cleared);
                await Here.WriteAsync(scope.Entry("k"), "old", new EntryWrite(), before);

                Assert.NotEqual("old", await There.SeeAsync(scope.Entry("k")), StringComparer.Ordinal);
            }
        }
    }

    [Fact]
    public async Task An_entry_is_known_again_without_its_value()
    {
        await Here.SetAsync(Address, "value", "t");
        var entry = await Here.ReadAsync<string>(Address);
        var stamp = entry.Stamp(TimeProvider.System);
        Assert.Equal(ReadOutcome.Hit, await Here.RevalidateAsync(Address, stamp));
        Assert.Equal(ReadOutcome.Hit, await There.RevalidateAsync(Address, stamp));

        await There.SetAsync(Address, "other", "t");
        Assert.Equal(ReadOutcome.Miss, await Here.RevalidateAsync(Address, stamp));

        entry = await Here.ReadAsync<string>(Address);
        stamp = entry.Stamp(TimeProvider.System);
        await There.RemoveByTagsAsync(Scope, EntryTags.Of("t"));
        Assert.Equal(ReadOutcome.Outdated, await Here.RevalidateAsync(Address, stamp));
        await There.RemoveAsync(Address);
        Assert.Equal(ReadOutcome.Miss, await Here.RevalidateAsync(Address, stamp));
    }

    [Fact]
    public async Task A_value_read_as_bytes_is_the_same_value_and_each_reading_gives_an_object_of_its_own()
    {
        await Here.WriteAsync(Address, new byte[] { 1, 2, 3 }, new EntryWrite());

        var entry = await There.ReadAsync<byte[]>(Address, EntryRead.Default with { AsPayload = true });

        Assert.Null(entry.Value);
        Assert.NotNull(entry.Payload);
        Assert.True(There.TryUnpack<byte[]>(entry.Payload, null, out var one));
        Assert.True(There.TryUnpack<byte[]>(entry.Payload, null, out var other));
        Assert.Equal([1, 2, 3], one!);
        Assert.NotSame(one, other);
        Assert.False(There.TryUnpack<int>(entry.Payload, null, out _));
        Assert.True(There.TryUnpack<string>(Here.Pack("packed"), null, out var packed));
        Assert.Equal("packed", packed);
    }
}
