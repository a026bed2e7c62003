using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

public sealed class FallbackStoreTests : IDisposable
{
    private static readonly byte[] s_key = "key"u8.ToArray();
    private static readonly byte[] s_other = "other"u8.ToArray();
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _newServer;
    private readonly EmbeddedMemcached _oldServer;
    private readonly TestClient _newClient;
    private readonly TestClient _oldClient;
    private readonly DisturbedStore _new;
    private readonly DisturbedStore _old;
    private readonly RecordedLog _log = new();
    private readonly ICacheStore _store;
    private bool _isOn = true;
    private int _asked;

    public FallbackStoreTests()
    {
        (_newServer, _oldServer) = (new EmbeddedMemcached(timeProvider: _clock), new EmbeddedMemcached(timeProvider: _clock));
        (_newClient, _oldClient) = (new TestClient(_newServer.Transport, _clock), new TestClient(_oldServer.Transport, _clock));
        _new = Store(_newClient);
        _old = Store(_oldClient);
        _store = OfAnotherProcess();
        Old = new MemcachedStore((MemcachedClient)_oldClient.Verbs, CacheMetrics.Unlistened);
    }

    /// <summary>As a process on the old servers alone.</summary>
    private ICacheStore Old { get; }

    public void Dispose()
    {
        _newClient.Dispose();
        _oldClient.Dispose();
        _newServer.Dispose();
        _oldServer.Dispose();
    }

    [Fact]
    public async Task What_only_the_old_servers_have_is_taken_over_with_its_flags_and_what_is_left_of_its_life()
    {
        await Old.SetAsync(s_key, Write("value", 7, TimeSpan.FromSeconds(100)));
        _clock.Advance(TimeSpan.FromSeconds(40));

        var item = await _store.GetAsync(s_key);

        Assert.Equal(("value", 7u, TimeSpan.FromSeconds(60)), (Text(item), item.Flags, item.Remaining));
        Assert.Equal((await _new.GetAsync(s_key, withValue: true, default)).Version, item.Version);

        // From now on it is the new servers'.
        _old.Before = Refuse;
        Assert.Equal("value", Text(await _store.GetAsync(s_key)));
        Assert.Equal(WriteOutcome.Stored, await _new.SetAsync(s_key, Write("next") with { Condition = WriteCondition.IfVersion, Version = item.Version }, default));
    }

    [Fact]
    public async Task What_nobody_has_is_a_miss_and_leaves_nothing()
    {
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False((await _store.GetAsync(s_key, withValue: false)).Found);
        Assert.False(Assert.Single(await _store.GetManyAsync(new ReadOnlyMemory<byte>[] { s_key })).Found);

        Assert.Equal(0, _newServer.Count);
    }

    [Fact]
    public async Task What_the_new_servers_have_is_not_asked_for_elsewhere()
    {
        await Old.SetAsync(s_key, Write("old"));
        await _new.SetAsync(s_key, Write("new"), default);
        _old.Before = Counting;

        Assert.Equal("new", Text(await _store.GetAsync(s_key)));
        Assert.Equal("new", Text(Assert.Single(await _store.GetManyAsync(new ReadOnlyMemory<byte>[] { s_key }))));
        Assert.Equal("new", Text(await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5))));
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Many_are_taken_over_together_in_the_order_asked_for()
    {
        byte[][] keys = [.. Enumerable.Range(0, 50).Select(i => Encoding.ASCII.GetBytes($"many:{i}"))];
        for (var i = 0; i < keys.Length; i++)
        {
            await (i % 3 == 0 ? Old : i % 3 == 1 ? _new : new NullStore()).SetAsync(keys[i], Write($"{i}"), default);
        }

        var items = await _store.GetManyAsync(Array.ConvertAll(keys, static key => (ReadOnlyMemory<byte>)key));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => i % 3 == 2 ? "" : $"{i}"), items.Select(Text), StringComparer.Ordinal);
        _old.Before = Refuse;
        Assert.Equal("48", Text(await _store.GetAsync(keys[48])));
    }

    [Fact]
    public async Task A_lease_that_is_won_is_given_up_for_what_the_old_servers_have()
    {
        await Old.SetAsync(s_key, Write("value"));

        var item = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5));

        Assert.Equal(("value", false), (Text(item), item.WonLease));
        Assert.Equal("value", Text(await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5))));
    }

    [Fact]
    public async Task A_lease_that_is_won_stays_where_nobody_has_anything()
    {
        var won = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5));
        var lost = await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5));

        Assert.True(won.WonLease);
        Assert.True(lost.Found && !lost.WonLease);
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_key, Write("made") with { Condition = WriteCondition.IfVersion, Version = won.Version }));
    }

    [Fact]
    public async Task A_lease_taken_while_the_new_servers_fail_is_let_go()
    {
        await Old.SetAsync(s_key, Write("value"));
        _new.Once("set", s_key, () => throw new MemcachedTimeoutException("No reply."));

        await Assert.ThrowsAsync<MemcachedTimeoutException>(async () => await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5)));

        await Eventually.TrueAsync(async () => !(await _new.GetAsync(s_key, withValue: false, default)).Found);
    }

    [Fact]
    public async Task What_a_lease_left_on_the_old_servers_is_not_taken_over()
    {
        Assert.True((await Old.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(50))).WonLease);

        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.True((await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5))).WonLease);
    }

    /// <summary>At which of the requests to the new servers somebody removes the key: before the mark, before it is read back, before the swap, before what was swapped in is read.</summary>
    [Theory]
    [InlineData(1, "get")]
    [InlineData(2, "get")]
    [InlineData(3, "get")]
    [InlineData(4, "get")]
    [InlineData(1, "lease")]
    [InlineData(2, "lease")]
    [InlineData(1, "many")]
    [InlineData(3, "many")]
    public async Task A_removal_while_an_item_is_taken_over_is_not_undone(int at, string how)
    {
        await Old.SetAsync(s_key, Write("value"));
        var request = 0;
        _new.Before = async (verb, key) =>
        {
            if (request++ == at)
            {
                _new.Before = null;
                Assert.True(await OfAnotherProcess().RemoveAsync(s_key));
            }
        };

        (await ReadAsync(how)).Release();

        Assert.Null(_new.Before);
        _new.Before = null;
        Assert.NotEqual("value", Text(await _new.GetAsync(s_key, withValue: true, default)), StringComparer.Ordinal);
        Assert.NotEqual("value", Text(await _store.GetAsync(s_key)), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_removal_is_through_on_the_old_servers_before_it_is_sent_to_the_new_ones(bool many)
    {
        // Else who marks in between would find it there once more.
        await Old.SetAsync(s_key, Write("value"));
        await _new.SetAsync(s_key, Write("value"), default);
        var foundThere = true;
        _new.Before = async (_, _) => foundThere = (await Old.GetAsync(s_key)).Found;

        await (many ? _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key }).AsTask() : (Task)_store.RemoveAsync(s_key).AsTask());

        Assert.False(foundThere);
    }

    [Theory]
    [InlineData(1, "get")]
    [InlineData(2, "get")]
    [InlineData(3, "get")]
    [InlineData(1, "lease")]
    public async Task A_write_while_an_item_is_taken_over_wins(int at, string how)
    {
        await Old.SetAsync(s_key, Write("old"));
        var request = 0;
        _new.Before = async (_, _) =>
        {
            if (request++ == at)
            {
                _new.Before = null;
                Assert.Equal(WriteOutcome.Stored, await OfAnotherProcess().SetAsync(s_key, Write("new")));
            }
        };

        (await ReadAsync(how)).Release();

        Assert.Equal("new", Text(await _store.GetAsync(s_key)));
        Assert.False((await Old.GetAsync(s_key)).Found);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("lease")]
    [InlineData("many")]
    public async Task Who_meets_a_mark_completes_it(string how)
    {
        await Old.SetAsync(s_key, Write("value"));
        await _new.SetAsync(s_key, new StoreWrite(default, FallbackStore.Mark, TimeSpan.FromSeconds(10)), default);

        Assert.Equal("value", Text(await ReadAsync(how)));

        await _new.SetAsync(s_other, new StoreWrite(default, FallbackStore.Mark, TimeSpan.FromSeconds(10)), default);
        Assert.False((await _store.GetAsync(s_other)).Found);
        Assert.False((await _new.GetAsync(s_other, withValue: false, default)).Found);
    }

    [Fact]
    public async Task What_is_written_is_removed_from_the_old_servers_so_that_it_cannot_come_back()
    {
        await Old.SetAsync(s_key, Write("old"));
        await Old.SetAsync(s_other, Write("old"));

        await _store.SetAsync(s_key, Write("new"));
        await _store.SetManyAsync(new KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[] { new(s_other, Write("new")) });
        _newServer.EvictAll();

        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False((await _store.GetAsync(s_other)).Found);
    }

    [Fact]
    public async Task Conditions_are_about_what_the_old_servers_have_as_well()
    {
        await Old.SetAsync(s_key, Write("old"));
        await Old.SetAsync(s_other, Write("old"));

        Assert.Equal(WriteOutcome.NotStored, await _store.SetAsync(s_key, Write("new") with { Condition = WriteCondition.IfAbsent }));
        Assert.Equal("old", Text(await _store.GetAsync(s_key)));
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_other, Write("new") with { Condition = WriteCondition.IfPresent }));
        KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[] items = [new(s_key, Write("new") with { Condition = WriteCondition.IfAbsent }), new("third"u8.ToArray(), Write("new") with { Condition = WriteCondition.IfAbsent })];
        Assert.Equal([WriteOutcome.NotStored, WriteOutcome.Stored], await _store.SetManyAsync(items));
    }

    [Fact]
    public async Task A_removal_goes_to_both_and_one_by_version_to_the_new_servers_alone()
    {
        await Old.SetAsync(s_key, Write("old"));
        await Old.SetAsync(s_other, Write("old"));

        Assert.False(await _store.RemoveAsync(s_key, version: 12));
        Assert.True((await Old.GetAsync(s_key)).Found);
        Assert.True(await _store.RemoveAsync(s_key));
        Assert.False(await _store.RemoveAsync(s_key));
        Assert.Equal([false, true], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key, s_other }));
        Assert.Equal(0, _oldServer.Count);
    }

    [Fact]
    public async Task Old_servers_that_fail_are_left_alone_for_a_moment_and_then_asked_by_one_caller()
    {
        await Old.SetAsync(s_key, Write("value"));
        _old.Before = Failing;

        for (var i = 0; i < 10; i++)
        {
            Assert.False((await _store.GetAsync(s_key)).Found);
        }

        Assert.Equal(1, _asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.Equal(2, _asked);

        _old.Before = Counting;
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.Equal(2, _asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("value", Text(await _store.GetAsync(s_key)));
    }

    [Fact]
    public async Task A_removal_that_does_not_reach_the_old_servers_is_told_once_and_made_good_before_anything_is_read_there()
    {
        await Old.SetAsync(s_key, Write("removed"));
        await Old.SetAsync(s_other, Write("other"));
        await _new.SetAsync(s_key, Write("removed"), default);
        _old.Before = Failing;

        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await _store.RemoveAsync(s_key));
        Assert.False((await _new.GetAsync(s_key, withValue: false, default)).Found);
        Assert.False(await _store.RemoveAsync(s_key));
        Assert.Equal([null], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_other }));
        Assert.Equal([false], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_other }));

        // Nothing is read there, whatever it is, until the removals are through.
        _old.Before = (verb, key) => verb.StartsWith("remove", StringComparison.Ordinal) ? Failing(verb, key) : Task.CompletedTask;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Old.SetAsync("third"u8.ToArray(), Write("third"));
        Assert.False((await _store.GetAsync("third"u8.ToArray())).Found);
        Assert.False((await _store.GetAsync(s_key)).Found);

        _old.Before = null;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False((await _store.GetAsync(s_other)).Found);
        Assert.Equal("third", Text(await _store.GetAsync("third"u8.ToArray())));
        Assert.Equal(0, _oldServer.Count - 1);
    }

    [Fact]
    public async Task A_write_that_must_not_leave_the_old_one_tells_when_it_did_and_others_do_not()
    {
        _old.Before = Failing;

        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_other, Write("new")));
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_key, Write("new")));
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await _store.SetAsync(s_key, Write("new") with { MustNotComeBack = true }));
        Assert.Equal("new", Text(await _new.GetAsync(s_key, withValue: true, default)));
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_key, Write("new") with { MustNotComeBack = true }));
    }

    [Fact]
    public async Task What_is_only_remembered_to_be_removed_does_not_come_back_from_the_old_servers()
    {
        await Old.SetAsync(s_key, Write("old"));
        ICacheStore store = _store;

        store.Remember(s_key);

        await Eventually.TrueAsync(async () => !(await Old.GetAsync(s_key)).Found);
        Assert.False((await store.GetAsync(s_key)).Found);
    }

    [Fact]
    public async Task When_too_many_removals_are_owed_the_old_servers_are_not_read_again()
    {
        await Old.SetAsync(s_other, Write("removed"));
        _old.Before = Failing;
        var keys = Enumerable.Range(0, OwedRemovals.Most).Select(i => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"key:{i}")).ToArray();
        await _store.RemoveManyAsync(keys);
        Assert.DoesNotContain(_log.Lines, line => line.Id == 1202);

        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await _store.RemoveAsync(s_other));

        Assert.Single(_log.Lines, line => line.Id == 1202);
        _old.Before = null;
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False((await _store.GetAsync(s_other)).Found);
        Assert.False(await _store.RemoveAsync(s_other));
    }

    [Fact]
    public async Task Switched_off_the_old_servers_are_not_asked_again()
    {
        await Old.SetAsync(s_key, Write("value"));
        _isOn = false;
        _old.Before = Counting;

        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False(await _store.RemoveAsync(s_other));
        _isOn = true;
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task A_counter_goes_on_where_it_was()
    {
        Assert.Equal(5ul, await Old.AddToCounterAsync(s_key, 5, TimeSpan.FromSeconds(100)));

        Assert.Equal(7ul, await _store.AddToCounterAsync(s_key, 2, TimeSpan.FromSeconds(1000)));
        Assert.Equal(8ul, await _store.AddToCounterAsync(s_key, 1, TimeSpan.FromSeconds(1000)));
        Assert.False((await Old.GetAsync(s_key)).Found);
        Assert.InRange((await _store.GetAsync(s_key)).Remaining!.Value, TimeSpan.FromSeconds(98), TimeSpan.FromSeconds(100));
        Assert.Equal(3ul, await _store.AddToCounterAsync(s_other, 3, life: null));
    }

    [Fact]
    public async Task An_item_that_the_new_servers_cannot_take_stays_where_it_is()
    {
        using var small = new TestClient(_newServer.Transport, _clock, itemSizeLimit: 2000);
        var store = new FallbackStore(Store(small), Former(), CacheMetrics.Unlistened);
        await Old.SetAsync(s_key, Write(new string('x', 5000)));

        Assert.False((await store.GetAsync(s_key, withValue: true, default)).Found);
        Assert.True((await store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5), default)).WonLease);
        Assert.Equal(5000, Text(await Old.GetAsync(s_key)).Length);
    }

    [Fact]
    public async Task Several_processes_take_over_the_same_items_at_once()
    {
        byte[][] keys = [.. Enumerable.Range(0, 100).Select(i => Encoding.ASCII.GetBytes($"many:{i}"))];
        foreach (var key in keys)
        {
            await Old.SetAsync(key, Write(Encoding.ASCII.GetString(key)));
        }

        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(process => Task.Run(async () =>
        {
            var store = OfAnotherProcess();
            var right = 0;
            foreach (var key in keys)
            {
                var text = Text(await (process % 2 == 0 ? store.GetAsync(key) : store.GetOrLeaseAsync(key, TimeSpan.FromSeconds(5))));
                Assert.True(text.Length == 0 || string.Equals(text, Encoding.ASCII.GetString(key), StringComparison.Ordinal));
                right += text.Length > 0 ? 1 : 0;
            }

            return right;
        })));

        Assert.All(found, right => Assert.InRange(right, 1, 100));
        Assert.Equal(100, (await _new.GetManyAsync(Array.ConvertAll(keys, static key => (ReadOnlyMemory<byte>)key), default)).Count(item => Text(item).Length > 0));
    }

    private static StoreWrite Write(string text, uint flags = 1, TimeSpan? life = null) => new(Encoding.UTF8.GetBytes(text), flags, life);

    private static string Text(StoredItem item) => Encoding.UTF8.GetString(item.Value.Span);

    private static Task Refuse(string verb, string key) => throw new InvalidOperationException($"The old servers are asked to {verb} {key}.");

    private Task Counting(string verb, string key)
    {
        _asked++;
        return Task.CompletedTask;
    }

    private Task Failing(string verb, string key)
    {
        _asked++;
        throw new MemcachedTimeoutException("No reply.");
    }

    private async Task<StoredItem> ReadAsync(string how) => how switch
    {
        "get" => await _store.GetAsync(s_key),
        "lease" => await _store.GetOrLeaseAsync(s_key, TimeSpan.FromSeconds(5)),
        _ => Assert.Single(await _store.GetManyAsync(new ReadOnlyMemory<byte>[] { s_key })),
    };

    private ICacheStore OfAnotherProcess() => new FallbackStore(_new, Former(), CacheMetrics.Unlistened);

    private FormerServers Former() => new(_old, () => _isOn, _clock, CacheMetrics.Unlistened, _log);

    private static DisturbedStore Store(TestClient client) => new(new MemcachedStore((MemcachedClient)client.Verbs, CacheMetrics.Unlistened), StoreCapabilities.None);
}
