using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

public sealed class FreshLargeValueOnEmbeddedTests : FreshLargeValueContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start(MemoryKeyRing keys, Action<MemcachedOptions> configure) => CacheProcess.On(_server, keys: keys, configure: configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class FreshLargeValueOnRealMemcachedTests(SharedMemcached shared) : FreshLargeValueContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start(MemoryKeyRing keys, Action<MemcachedOptions> configure) => CacheProcess.On(shared.Server, keys, configure);
}

/// <summary>Generations, tags, leases, conditions: what holds for an entry holds for one whose value stands in chunks.</summary>
public abstract class FreshLargeValueContract : IDisposable
{
    private readonly Lazy<CacheProcess> _here;
    private readonly Lazy<CacheProcess> _there;

    protected FreshLargeValueContract()
    {
        var keys = new MemoryKeyRing();
        _here = new Lazy<CacheProcess>(() => Start(keys, static options => options.LargeValues = LargeValues.Chunk));
        _there = new Lazy<CacheProcess>(() => Start(keys, static options => options.LargeValues = LargeValues.Chunk));
    }

    private IFreshStore Here => _here.Value.Fresh;

    /// <summary>Another process of the same application.</summary>
    private IFreshStore There => _there.Value.Fresh;

    private EntryScope Scope { get; } = Addresses.UniqueScope();

    private EntryAddress Address => Scope.Entry("statement:1");

    internal abstract CacheProcess Start(MemoryKeyRing keys, Action<MemcachedOptions> configure);

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
    public async Task It_is_read_by_every_process_until_it_is_cleared()
    {
        Assert.Equal(WriteOutcome.Stored, await Here.WriteAsync(Address, Text(1), new EntryWrite()));
        Assert.Equal(Text(1), await There.SeeAsync(Address));

        Assert.True(await Here.ClearAsync(Scope));

        Assert.Equal("Outdated", await There.SeeAsync(Address));
        Assert.Equal("Outdated", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task A_removed_tag_makes_it_a_miss_also_for_who_did_not_foresee_it()
    {
        await Here.WriteAsync(Address, Text(1), FreshWords.Tagged("users"));
        Assert.Equal(Text(1), await There.SeeAsync(Address));

        Assert.True(await Here.RemoveByTagsAsync(Scope, EntryTags.Of("users")));

        Assert.Equal("Outdated", await There.SeeAsync(Address));
    }

    [Fact]
    public async Task A_lease_is_won_by_one_and_stores_a_large_value()
    {
        var winner = await Here.ComeAsync(Address);
        var other = await There.ComeAsync(Address);
        Assert.True(other.IsLeased);

        await using (winner.Lease!)
        {
            Assert.Equal(WriteOutcome.Stored, await winner.Lease!.StoreAsync(Text(1), new EntryWrite(), winner.Generations!));
        }

        Assert.Equal(Text(1), (await There.ComeAsync(Address)).Value);
    }

    [Fact]
    public async Task A_removal_in_between_makes_the_leased_large_value_unwanted()
    {
        var winner = await Here.ComeAsync(Address);
        await using var lease = winner.Lease;
        await There.RemoveAsync(Address);

        Assert.Equal(WriteOutcome.NotStored, await lease!.StoreAsync(Text(1), new EntryWrite(), winner.Generations!));
        Assert.Equal("Miss", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task One_that_lost_a_chunk_is_created_anew_by_one_caller()
    {
        await Here.WriteAsync(Address, Text(1), new EntryWrite());
        await LoseChunkAsync();

        var winner = await Here.ComeAsync(Address);
        var other = await There.ComeAsync(Address);

        Assert.Equal((ReadOutcome.Unopenable, true), (winner.Outcome, winner.Lease is not null));
        Assert.True(other.IsLeased);
        await using (winner.Lease!)
        {
            Assert.Equal(WriteOutcome.Stored, await winner.Lease!.StoreAsync(Text(2), new EntryWrite(), winner.Generations!));
        }

        Assert.Equal(Text(2), await There.SeeAsync(Address));
    }

    [Fact]
    public async Task One_that_lost_a_chunk_is_none_for_conditions_removals_and_touches()
    {
        await Here.WriteAsync(Address, Text(1), new EntryWrite());
        Assert.Equal(WriteOutcome.NotStored, await There.WriteAsync(Address, Text(2), new EntryWrite { Condition = WriteCondition.IfAbsent }));
        Assert.Equal(WriteOutcome.Stored, await There.TouchAsync(Address, Addresses.For(TimeSpan.FromHours(1))));
        await LoseChunkAsync();

        Assert.Equal(WriteOutcome.NotStored, await There.TouchAsync(Address, Addresses.For(TimeSpan.FromHours(1))));
        Assert.Equal(WriteOutcome.NotStored, await There.WriteAsync(Address, Text(2), new EntryWrite { Condition = WriteCondition.IfPresent }));
        Assert.Equal(WriteOutcome.Stored, await There.WriteAsync(Address, Text(2), new EntryWrite { Condition = WriteCondition.IfAbsent }));
        Assert.Equal(Text(2), await Here.SeeAsync(Address));

        Assert.Equal(RemoveOutcome.Removed, await Here.RemoveAsync(Address));
        await Here.WriteAsync(Address, Text(1), new EntryWrite());
        await LoseChunkAsync();
        Assert.Equal(RemoveOutcome.NotFound, await Here.RemoveAsync(Address));
    }

    [Fact]
    public async Task A_value_is_made_of_the_large_one_before()
    {
        await Here.WriteAsync(Address, Text(1), new EntryWrite());

        var (outcome, value) = await There.UpdateAsync<string>(Address, EntryRead.Default, static entry => (entry.Value + "!", new EntryWrite()), TestContext.Current.CancellationToken);

        Assert.Equal((WriteOutcome.Stored, Text(1) + "!"), (outcome, value));
        Assert.Equal(Text(1) + "!", await Here.SeeAsync(Address));
    }

    [Fact]
    public async Task Many_are_written_and_read_with_large_and_outdated_ones_among_them()
    {
        KeyValuePair<EntryAddress, string>[] entries = [new(Scope.Entry("a"), "small"), new(Scope.Entry("b"), Text(1)), new(Scope.Entry("c"), Text(2))];
        Assert.All(await Here.WriteManyAsync(entries, FreshWords.Tagged("t")), outcome => Assert.Equal(WriteOutcome.Stored, outcome));
        await Here.WriteAsync(Scope.Entry("d"), Text(3), FreshWords.Tagged("gone"));
        await Here.RemoveByTagsAsync(Scope, EntryTags.Of("gone"));

        var read = await There.ReadManyAsync<string>([.. entries.Select(entry => entry.Key), Scope.Entry("d"), Scope.Entry("e")]);

        Assert.Equal(["small", Text(1), Text(2), null, null], read.Select(entry => entry.Value), StringComparer.Ordinal);
        Assert.Equal((ReadOutcome.Outdated, ReadOutcome.Miss), (read[3].Outcome, read[4].Outcome));
    }

    [Fact]
    public async Task Its_bytes_can_be_asked_for_in_place_of_the_value()
    {
        await Here.WriteAsync(Address, Text(1), new EntryWrite());

        var entry = await There.ReadAsync<string>(Address, new EntryRead { AsPayload = true });

        Assert.True(There.TryUnpack<string>(entry.Payload!, null, out var value));
        Assert.Equal(Text(1), value);
    }

    [Fact]
    public async Task Its_stamp_is_known_again_without_its_chunks()
    {
        await Here.WriteAsync(Address, Text(1), Addresses.For(TimeSpan.FromMinutes(5)));
        var entry = await There.ReadAsync<string>(Address);

        Assert.Equal(ReadOutcome.Hit, await There.RevalidateAsync(Address, entry.Stamp(TimeProvider.System), TestContext.Current.CancellationToken));
        await Here.WriteAsync(Address, Text(2), Addresses.For(TimeSpan.FromMinutes(5)));
        Assert.Equal(ReadOutcome.Miss, await There.RevalidateAsync(Address, entry.Stamp(TimeProvider.System), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Past_its_fresh_time_it_is_stale_and_whole()
    {
        await Here.WriteAsync(Address, Text(1), Addresses.For(TimeSpan.FromMinutes(5)) with { FreshFor = TimeSpan.FromTicks(1) });

        var entry = await There.ReadAsync<string>(Address);

        Assert.Equal((ReadOutcome.Stale, Text(1)), (entry.Outcome, entry.Value));
    }

    /// <summary>As eviction does: the manifest stays. (Whoever has the server can ask for its keys; here the manifest is put back after everything is gone.)</summary>
    private async Task LoseChunkAsync()
    {
        var client = _here.Value.Client;
        string[] kept = [.. ((byte[][])[Address.Wire(), Scope.GenerationKey()]).Select(key => System.Text.Encoding.ASCII.GetString(key))];
        var items = await client.GetManyAsync(kept, TestContext.Current.CancellationToken);
        await client.FlushAllAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        foreach (var (key, item) in items)
        {
            await client.SetAsync(key, item.Value, flags: item.Flags, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private static string Text(int seed)
    {
        var bytes = new byte[900_000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToBase64String(bytes) + Convert.ToBase64String(bytes);
    }
}
