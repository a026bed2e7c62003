using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>Tags that only the finished value has: nobody knew to read their generations before it was made.</summary>
public sealed class UnnamedTagTests : IDisposable
{
    private readonly EntryScope _scope = Addresses.Scope();
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server = new();
    private readonly MemoryKeyRing _keys = new();
    private readonly CacheProcess _here;
    private readonly CacheProcess _there;

    public UnnamedTagTests()
    {
        // A clock that stands still must not make a difference: what comes before what is no matter of time.
        _here = CacheProcess.On(_server, _clock, _keys);
        _there = CacheProcess.On(_server, new FakeClock(), _keys);
    }

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_tag_that_nobody_used_yet_is_made_and_the_value_stored()
    {
        Assert.Equal(WriteOutcome.Stored, await MakeAsync(_here, "1", "t"));

        Assert.Equal("made 1", await _there.Fresh.SeeAsync(_scope.Entry("1")));
        await _there.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("t"));
        Assert.Equal("Outdated", await _here.Fresh.SeeAsync(_scope.Entry("1")));
    }

    [Fact]
    public async Task A_tag_that_this_process_made_or_saw_is_stored_again_and_again()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(WriteOutcome.Stored, await MakeAsync(_here, $"{i}", "t", "u"));
            Assert.Equal($"made {i}", await _there.Fresh.SeeAsync(_scope.Entry($"{i}")));
            Assert.Equal(WriteOutcome.Stored, await MakeAsync(_there, $"there {i}", "t", "u"));
        }
    }

    [Fact]
    public async Task A_tag_of_another_processs_is_not_trusted_at_first_and_known_the_next_time()
    {
        await _there.Fresh.SetAsync(_scope.Entry("theirs"), "theirs", "t");

        Assert.Equal(WriteOutcome.NotStored, await MakeAsync(_here, "1", "t"));
        Assert.Equal("Miss", await _here.Fresh.SeeAsync(_scope.Entry("1")));

        Assert.Equal(WriteOutcome.Stored, await MakeAsync(_here, "1", "t"));
        Assert.Equal("made 1", await _there.Fresh.SeeAsync(_scope.Entry("1")));
    }

    [Fact]
    public async Task After_a_removal_the_next_value_but_one_is_stored_at_the_latest()
    {
        await MakeAsync(_here, "1", "t");
        await _there.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("t"));

        await MakeAsync(_here, "1", "t");
        await _here.Fresh.SeeAsync(_scope.Entry("1"));
        Assert.Equal(WriteOutcome.Stored, await MakeAsync(_here, "2", "t"));

        Assert.Equal("made 2", await _there.Fresh.SeeAsync(_scope.Entry("2")));
    }

    [Fact]
    public async Task A_removal_while_the_value_is_made_is_not_lost_wherever_the_ids_came_from()
    {
        await _here.Fresh.SetAsync(_scope.Entry("seen"), "seen", "t");
        await _here.Fresh.SeeAsync(_scope.Entry("seen"), "t");
        await _there.Fresh.SetAsync(_scope.Entry("fresh tag"), "x", "unseen");
        foreach (var tag in (string[])["t", "unseen", "new"])
        {
            foreach (var (name, ids) in await WaysAsync(_here))
            {
                var address = _scope.Entry(tag + name);
                await _there.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of(tag));

                await _here.Fresh.WriteAsync(address, "old", FreshWords.Tagged(tag), ids);

                Assert.False((await _there.Fresh.ReadAsync<string>(address)).Found, tag + " " + name);
                await _here.Fresh.SeeAsync(address, tag);
            }
        }
    }

    [Fact]
    public async Task Known_tags_are_stored_wherever_the_ids_came_from()
    {
        await _there.Fresh.SetAsync(_scope.Entry("theirs"), "theirs", "t");
        await _here.Fresh.SeeAsync(_scope.Entry("theirs"));

        foreach (var (name, ids) in await WaysAsync(_here))
        {
            Assert.Equal((name, WriteOutcome.Stored), (name, await _here.Fresh.WriteAsync(_scope.Entry(name), name, FreshWords.Tagged("t"), ids)));
            Assert.Equal(name, await _there.Fresh.SeeAsync(_scope.Entry(name)));
        }
    }

    [Fact]
    public async Task An_entry_that_is_found_tells_its_ids_even_where_the_reader_names_tags_that_have_none()
    {
        var address = _scope.Entry("stale");
        await _here.Fresh.WriteAsync(address, "old", new EntryWrite { FreshFor = TimeSpan.FromSeconds(1) });
        _clock.Advance(TimeSpan.FromSeconds(1));

        var found = await _here.Fresh.ComeAsync(address, EntryTags.Of("nobody", "used", "these"));
        Assert.Equal(ReadOutcome.Stale, found.Outcome);
        Assert.NotNull(found.Generations);
        Assert.Equal(ReadOutcome.Hit, await _here.Fresh.RevalidateAsync(address, found.Stamp(_clock)));

        await using var lease = await _here.Fresh.LeaseAsync(address, found.Version, FreshWords.Lease);
        await _there.Fresh.ClearAsync(_scope);
        await lease!.StoreAsync("made before", FreshWords.Tagged("used"), found.Generations);
        Assert.Equal("Outdated", await _there.Fresh.SeeAsync(address));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await lease.StoreAsync("made of what", new EntryWrite(), null!));
    }

    [Fact]
    public async Task A_value_may_have_fewer_tags_than_were_named()
    {
        var came = await _here.Fresh.ComeAsync(_scope.Entry("1"), EntryTags.Of("a", "b", "c"));
        await using var lease = came.Lease;

        Assert.Equal(WriteOutcome.Stored, await lease!.StoreAsync("made", FreshWords.Tagged("b"), came.Generations!));

        await _there.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("a", "c"));
        Assert.Equal("made", await _there.Fresh.SeeAsync(_scope.Entry("1")));
        await _there.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of("b"));
        Assert.Equal("Outdated", await _here.Fresh.SeeAsync(_scope.Entry("1")));
    }

    /// <summary>The ids of one moment, by every way there is to them.</summary>
    private async Task<(string Name, EntryGenerations Ids)[]> WaysAsync(CacheProcess process)
    {
        var present = _scope.Entry("present");
        await process.Fresh.WriteAsync(present, "present", new EntryWrite { FreshFor = TimeSpan.FromHours(1) });
        var come = await process.Fresh.ComeAsync(_scope.Entry("come" + Guid.NewGuid()));
        return
        [
            ("read", (await process.Fresh.ReadAsync<string>(present)).Generations!),
            ("miss", (await process.Fresh.ReadAsync<string>(_scope.Entry("none"))).Generations!),
            ("many", Assert.Single(await process.Fresh.ReadManyAsync<string>([present])).Generations!),
            ("generations", (await process.Fresh.GenerationsAsync(_scope))!),
            ("come", come.Generations!),
        ];
    }

    private async Task<WriteOutcome> MakeAsync(CacheProcess process, string key, params string[] tags)
    {
        var came = await process.Fresh.ComeAsync(_scope.Entry(key));
        await using var lease = came.Lease;
        Assert.NotNull(lease);
        return await lease.StoreAsync("made " + key, FreshWords.Tagged(tags), came.Generations!);
    }
}
