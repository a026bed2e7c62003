using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

public sealed class MemcachedStoreTests : IDisposable
{
    private static readonly byte[] s_key = "key"u8.ToArray();
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly ServerPool _servers;
    private readonly MemcachedClient _client;
    private readonly ICacheStore _store;

    public MemcachedStoreTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        var limits = new ConnectionLimits
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            Timeout = TimeSpan.FromSeconds(5),
            QueuedOperations = 1 << 14,
            QueuedBytes = 1 << 25,
        };
        _servers = TestClient.Pool(new StaticOptions(), _ => new Node("embedded", _server.Transport, limits, new OperationPool(), _clock, NullLogger.Instance));
        _client = new MemcachedClient(_servers, static () => 1 << 20, _clock);
        _store = new MemcachedStore(_client, CacheMetrics.Unlistened);
    }

    public void Dispose()
    {
        _servers.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void It_can_do_everything_a_store_can() =>
        Assert.Equal(StoreCapabilities.CompareAndSwap | StoreCapabilities.Touch | StoreCapabilities.Counter | StoreCapabilities.Lease, _store.Capabilities);

    [Fact]
    public async Task An_item_comes_back_with_value_flags_version_and_remaining_life()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 0xDEADBEEF, TimeSpan.FromSeconds(10)));
        _clock.Advance(TimeSpan.FromSeconds(3));

        var item = await _store.GetAsync(s_key);

        Assert.True(item.Found);
        Assert.Equal("value", Encoding.UTF8.GetString(item.Value.Span));
        Assert.Equal(0xDEADBEEF, item.Flags);
        Assert.NotEqual(0UL, item.Version);
        Assert.Equal(TimeSpan.FromSeconds(7), item.Remaining);
        item.Release();
    }

    [Fact]
    public async Task An_item_without_an_end_has_no_remaining_life()
    {
        await _store.SetAsync(s_key, new StoreWrite(new byte[1], 1));

        var item = await _store.GetAsync(s_key);

        Assert.Null(item.Remaining);
        item.Release();
    }

    [Fact]
    public async Task Without_its_value_an_item_still_tells_the_rest()
    {
        await _store.SetAsync(s_key, new StoreWrite("value"u8.ToArray(), 5, TimeSpan.FromSeconds(10)));

        var item = await _store.GetAsync(s_key, withValue: false);

        Assert.True(item.Found);
        Assert.True(item.Value.IsEmpty);
        Assert.Equal(5U, item.Flags);
        Assert.Equal(TimeSpan.FromSeconds(10), item.Remaining);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        Assert.False((await _store.GetAsync(s_key)).Found);
        Assert.False((await _store.GetAsync(s_key, withValue: false)).Found);
        Assert.False(await _store.RemoveAsync(s_key));
    }

    [Fact]
    public async Task Many_results_stand_in_the_order_of_the_keys()
    {
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 2500).Select(i => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"key{i}"))];
        await _store.SetManyAsync(keys.Where((_, i) => i % 2 == 0).Select(key => KeyValuePair.Create(key, new StoreWrite(key, 1))).ToArray());

        var items = await _store.GetManyAsync(keys);

        Assert.All(items, (item, i) => Assert.Equal(i % 2 == 0, item.Found));
        Assert.All(items.Where(item => item.Found).Zip(keys.Where((_, i) => i % 2 == 0)), pair => Assert.True(pair.First.Value.Span.SequenceEqual(pair.Second.Span)));
        Array.ForEach(items, item => item.Release());
        var removed = await _store.RemoveManyAsync(keys);
        Assert.All(removed, (one, i) => Assert.Equal(i % 2 == 0, one));
    }

    [Fact]
    public async Task A_touch_gives_another_life()
    {
        await _store.SetAsync(s_key, new StoreWrite(new byte[1], 1, TimeSpan.FromSeconds(10)));

        _store.Touch(s_key, TimeSpan.FromSeconds(60));

        Assert.Equal(TimeSpan.FromSeconds(60), (await _store.GetAsync(s_key, withValue: false)).Remaining);
    }

    [Fact]
    public async Task A_touch_that_cannot_be_sent_is_silent()
    {
        _server.Dispose();
        await Assert.ThrowsAnyAsync<MemcachedException>(async () => await _store.GetAsync(s_key));

        _store.Touch(s_key, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Removals_that_cannot_be_sent_are_told_from_those_that_found_nothing()
    {
        Assert.Equal([false], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key }));
        _server.Dispose();

        Assert.Equal([null, null], await _store.RemoveManyAsync(new ReadOnlyMemory<byte>[] { s_key, s_key }));
    }

    [Fact]
    public async Task What_could_not_be_read_of_many_is_told_from_what_is_not_there()
    {
        _server.Dispose();

        var items = await _store.GetManyAsync(new ReadOnlyMemory<byte>[] { s_key, s_key });

        Assert.Equal(2, items.Length);
        Assert.All(items, static item => Assert.True(item is { IsUnreachable: true, Found: false }));
    }

    [Fact]
    public async Task The_longest_life_does_not_end_at_once()
    {
        Assert.Equal(WriteOutcome.Stored, await _store.SetAsync(s_key, new StoreWrite(new byte[1], 1, TimeSpan.MaxValue)));

        Assert.True((await _store.GetAsync(s_key, withValue: false)).Found);
    }

    [Fact]
    public async Task What_is_no_counter_is_not_added_to()
    {
        await _store.SetAsync(s_key, new StoreWrite("text"u8.ToArray(), 1));

        await Assert.ThrowsAsync<MemcachedServerException>(async () => await _store.AddToCounterAsync(s_key, 1, life: null));
        Assert.True((await _store.GetAsync(s_key, withValue: false)).Found);
    }

    private sealed class StaticOptions : IOptionsMonitor<MemcachedOptions>
    {
        public MemcachedOptions CurrentValue { get; } = new();

        public MemcachedOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<MemcachedOptions, string?> listener) => null;
    }
}
