using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>What a request of the user's costs on the wire: everything that can be sent together is sent before the first answer is awaited.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly EntryScope _scope = Addresses.Scope();
    private readonly EmbeddedMemcached _server = new();
    private readonly HeldReplies _replies;
    private readonly RecordingTransport _wire;
    private readonly DisturbedCache _cache;

    public RoundTripTests()
    {
        _replies = new HeldReplies(_server.Transport);
        _wire = new RecordingTransport(_replies);
        _cache = new DisturbedCache(_wire, TimeProvider.System);
    }

    private IFreshStore Store => _cache.Fresh;

    private EntryAddress Address => _scope.Entry("account:1");

    public void Dispose()
    {
        _replies.LetGo();
        _cache.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_hit_reads_its_value_and_the_generation_of_its_level()
    {
        await Store.SetAsync(Address, "value");

        Assert.Equal("value", await InOneTripAsync(() => Store.SeeAsync(Address), Key(Address), Id("")));
    }

    [Fact]
    public async Task A_hit_with_two_known_tags_is_one_round_trip()
    {
        await Store.SetAsync(Address, "value", "a", "b");

        Assert.Equal("value", await InOneTripAsync(() => Store.SeeAsync(Address, "a", "b"), Key(Address), Id(""), Id("ta"), Id("tb")));
    }

    [Fact]
    public async Task A_hit_in_a_view_reads_the_level_and_the_view()
    {
        var address = _scope.WithView("users").Entry("account:1");
        await Store.SetAsync(address, "value", "a");

        Assert.Equal("value", await InOneTripAsync(() => Store.SeeAsync(address, "a"), Key(address), Id(""), Id("vusers"), Id("ta")));
    }

    [Fact]
    public async Task Tags_that_the_reader_does_not_name_cost_a_second_trip_once_and_no_second_value()
    {
        await Store.SetAsync(Address, "value", "a", "b");

        _wire.Clear();
        Assert.Equal("value", await Store.SeeAsync(Address));
        Assert.Equal([Id(""), Key(Address), Id("ta"), Id("tb")], Keys());

        Assert.Equal("value", await InOneTripAsync(() => Store.SeeAsync(Address), Key(Address), Id(""), Id("ta"), Id("tb")));
    }

    [Fact]
    public async Task Who_comes_to_create_asks_the_same()
    {
        await Store.SetAsync(Address, "value", "a");
        await Store.SetAsync(_scope.Entry("other"), "other", "a");

        var hit = await InOneTripAsync(() => Store.ComeAsync(Address, EntryTags.Of("a")).AsTask(), Key(Address), Id(""), Id("ta"));
        Assert.Equal("value", hit.Value);

        var missing = _scope.Entry("missing");
        var miss = await InOneTripAsync(() => Store.ComeAsync(missing, EntryTags.Of("a")).AsTask(), Key(missing), Id(""), Id("ta"));
        await using var lease = miss.Lease;
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task A_first_value_takes_a_read_and_a_write()
    {
        await Store.SetAsync(_scope.Entry("other"), "other");
        _wire.Clear();

        var missing = await Store.ComeAsync(Address);
        Assert.Equal(WriteOutcome.Stored, await missing.Lease!.StoreAsync("made", new EntryWrite(), missing.Generations!));
        await missing.Lease.DisposeAsync();

        Assert.Equal([Id(""), Key(Address), Key(Address)], Keys());
        Assert.Equal("made", await Store.SeeAsync(Address));
    }

    [Fact]
    public async Task A_write_under_ids_that_are_known_sends_the_value_together_with_the_question_whether_they_are_current()
    {
        await Store.SetAsync(Address, "value", "a");

        await InOneTripAsync(
            async () =>
            {
                await Store.SetAsync(Address, "value", "a");
                return 0;
            },
            Id(""),
            Id("ta"),
            Key(Address));
    }

    [Fact]
    public async Task A_revalidation_moves_no_value_and_is_one_round_trip()
    {
        await Store.WriteAsync(Address, new string('x', 10_000), FreshWords.Tagged("a") with { Format = new EntryFormat { Compress = false } });
        var entry = await Store.ReadAsync<string>(Address);
        var stamp = entry.Stamp(TimeProvider.System);

        var outcome = await InOneTripAsync(() => Store.RevalidateAsync(Address, stamp).AsTask(), Key(Address), Id(""), Id("ta"));

        Assert.Equal(ReadOutcome.Hit, outcome);
        Assert.InRange(_wire.BytesMoved, 1, 2_000);
    }

    [Fact]
    public async Task A_batch_reads_each_generation_once_and_unforeseen_tags_all_together()
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 20).Select(i => _scope.Entry($"{i}"))];
        foreach (var address in addresses)
        {
            await Store.SetAsync(address, "value", "shared", address.Key);
        }

        _wire.Clear();
        var entries = await Store.ReadManyAsync<string>(addresses);

        Assert.All(entries, entry => Assert.Equal("value", entry.Value));
        string[] expected = [.. addresses.Select(Key), Id(""), Id("tshared"), .. addresses.Select(address => Id("t" + address.Key))];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Keys().Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_clear_is_one_request_however_many_entries_there_are()
    {
        for (var i = 0; i < 50; i++)
        {
            await Store.SetAsync(_scope.Entry($"{i}"), "value", "a");
        }

        await InOneTripAsync(() => Store.ClearAsync(_scope).AsTask(), Id(""));
        await InOneTripAsync(() => Store.RemoveByTagsAsync(_scope, EntryTags.Of("a", "b")).AsTask(), Id("ta"), Id("tb"));
    }

    /// <summary>Runs what must send exactly these requests before it hears any answer, and none afterwards.</summary>
    private async Task<T> InOneTripAsync<T>(Func<Task<T>> act, params string[] keys)
    {
        _wire.Clear();
        _replies.Hold();
        var running = act();
        await Eventually.TrueAsync(() => _wire.Requests.Count >= keys.Length);
        Assert.False(running.IsCompleted);
        _replies.LetGo();
        var result = await running;
        Assert.Equal(keys.Order(StringComparer.Ordinal), Keys().Order(StringComparer.Ordinal), StringComparer.Ordinal);
        return result;
    }

    private string[] Keys() => [.. _wire.Requests.Select(line => line.Split(' ')[1])];

    private static string Key(EntryAddress address) => Encoding.ASCII.GetString(address.Wire());

    private string Id(string name) => Encoding.ASCII.GetString(_scope.GenerationKey(name));
}
