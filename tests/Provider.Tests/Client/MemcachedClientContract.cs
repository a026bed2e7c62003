using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Client;

/// <summary>
/// What the client promises on any memcached, verb by verb; derived classes say which. Every test has keys of its own, because the server may be shared.
/// </summary>
public abstract partial class MemcachedClientContract : IDisposable
{
    private readonly string _prefix = Guid.NewGuid().ToString("N") + ":";
    private TestClient? _client;

    private protected virtual ITransport Transport => throw new NotSupportedException();

    private IMemcachedClient Client => (_client ??= Connect()).Verbs;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected virtual TestClient Connect() => new(Transport);

    protected virtual void Dispose(bool disposing) => _client?.Dispose();

    [Fact]
    public async Task Get_of_an_absent_item_finds_nothing()
    {
        var item = await Client.GetAsync(Key("absent"));

        Assert.Equal((false, null, 0u, 0ul), (item.Found, item.Value, item.Flags, item.Cas));
    }

    [Fact]
    public async Task Set_then_get_returns_value_flags_and_version()
    {
        Assert.True(await Client.SetAsync(Key("a"), Bytes("value"), flags: uint.MaxValue));

        var item = await Client.GetAsync(Key("a"));

        Assert.Equal((true, "value", uint.MaxValue), (item.Found, Text(item), item.Flags));
        Assert.NotEqual(0ul, item.Cas);
    }

    [Fact]
    public async Task Set_replaces_and_gives_another_version()
    {
        await Client.SetAsync(Key("a"), Bytes("first"), flags: 3);
        var first = await Client.GetAsync(Key("a"));
        await Client.SetAsync(Key("a"), Bytes("second"));

        var second = await Client.GetAsync(Key("a"));

        Assert.Equal(("second", 0u), (Text(second), second.Flags));
        Assert.NotEqual(first.Cas, second.Cas);
    }

    [Fact]
    public async Task Get_into_a_buffer_appends_and_tells_whether_there_was_an_item()
    {
        await Client.SetAsync(Key("a"), Bytes("value"));
        await Client.SetAsync(Key("empty"), Bytes(""));
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();

        Assert.True(await Client.GetAsync(Key("a"), buffer));
        Assert.True(await Client.GetAsync(Key("empty"), buffer));
        Assert.False(await Client.GetAsync(Key("absent"), buffer));

        Assert.Equal("value"u8.ToArray(), buffer.WrittenSpan.ToArray());
    }

    [Fact]
    public async Task An_empty_value_is_a_hit()
    {
        await Client.SetAsync(Key("empty"), Bytes(""));

        var item = await Client.GetAsync(Key("empty"));

        Assert.True(item.Found);
        Assert.Empty(item.Value!);
    }

    [Fact]
    public async Task Get_many_returns_what_was_found_under_the_callers_own_keys()
    {
        string[] keys = [Key("a"), Key("ключ"), Key("with space"), Key("absent"), Key("a")];
        await Client.SetAsync(keys[0], Bytes("1"), flags: 7);
        await Client.SetAsync(keys[1], Bytes("2"));
        await Client.SetAsync(keys[2], Bytes("3"));

        var found = await Client.GetManyAsync(keys);

        Assert.Equal(3, found.Count);
        Assert.Equal(("1", "2", "3"), (Text(found[keys[0]]), Text(found[keys[1]]), Text(found[keys[2]])));
        Assert.Equal(7u, found[keys[0]].Flags);
        Assert.NotEqual(0ul, found[keys[0]].Cas);
    }

    [Fact]
    public async Task Get_many_of_nothing_is_empty()
    {
        Assert.Empty(await Client.GetManyAsync([]));
        Assert.Empty(await Client.GetManyAsync([Key("absent")]));
    }

    [Fact]
    public async Task Ten_thousand_keys_are_set_read_and_deleted_in_one_call_each()
    {
        var items = Enumerable.Range(0, 10_000)
            .Select(number => KeyValuePair.Create(Key($"{number}"), (ReadOnlyMemory<byte>)Bytes($"value {number}"))).ToArray();
        string[] keys = [.. items.Select(item => item.Key)];

        Assert.Empty(await Client.SetManyAsync(items));
        var found = await Client.GetManyAsync(keys);

        Assert.Equal(10_000, found.Count);
        Assert.All(items, item => Assert.True(item.Value.Span.SequenceEqual(found[item.Key].Value)));
        Assert.Equal(10_000, await Client.DeleteManyAsync([.. keys, Key("absent")]));
        Assert.Empty(await Client.GetManyAsync(keys));
    }

    [Fact]
    public async Task Set_many_returns_the_keys_that_were_not_stored()
    {
        KeyValuePair<string, ReadOnlyMemory<byte>>[] items = [new(Key("a"), Bytes("1")), new(Key("b"), Bytes("2"))];

        Assert.Empty(await Client.SetManyAsync(items, TimeSpan.FromMinutes(1), flags: 4));
        Assert.Equal(4u, (await Client.GetAsync(Key("b"))).Flags);
        Assert.Equal([Key("a"), Key("b")], await Client.SetManyAsync(items, TimeSpan.FromSeconds(-1)));
        Assert.Empty(await Client.GetManyAsync([Key("a"), Key("b")]));
    }

    [Fact]
    public async Task Add_stores_only_what_is_absent()
    {
        Assert.True(await Client.AddAsync(Key("a"), Bytes("first"), flags: 1));
        Assert.False(await Client.AddAsync(Key("a"), Bytes("second"), flags: 2));

        var item = await Client.GetAsync(Key("a"));

        Assert.Equal(("first", 1u), (Text(item), item.Flags));
    }

    [Fact]
    public async Task Replace_stores_only_what_is_there()
    {
        Assert.False(await Client.ReplaceAsync(Key("a"), Bytes("none")));
        Assert.False((await Client.GetAsync(Key("a"))).Found);
        await Client.SetAsync(Key("a"), Bytes("first"));
        Assert.True(await Client.ReplaceAsync(Key("a"), Bytes("second"), flags: 2));

        var item = await Client.GetAsync(Key("a"));

        Assert.Equal(("second", 2u), (Text(item), item.Flags));
    }

    [Fact]
    public async Task Append_and_prepend_change_what_is_there_and_keep_its_flags()
    {
        Assert.False(await Client.AppendAsync(Key("a"), Bytes("x")));
        Assert.False(await Client.PrependAsync(Key("a"), Bytes("x")));
        await Client.SetAsync(Key("a"), Bytes("middle"), flags: 5);

        Assert.True(await Client.AppendAsync(Key("a"), Bytes(" end")));
        Assert.True(await Client.PrependAsync(Key("a"), Bytes("start ")));

        var item = await Client.GetAsync(Key("a"));
        Assert.Equal(("start middle end", 5u), (Text(item), item.Flags));
    }

    [Fact]
    public async Task Compare_and_swap_stores_when_nobody_changed_the_item()
    {
        await Client.SetAsync(Key("a"), Bytes("first"));
        var seen = (await Client.GetManyAsync([Key("a")]))[Key("a")];

        Assert.Equal(CasOutcome.Stored, await Client.CompareAndSwapAsync(Key("a"), Bytes("second"), seen.Cas, flags: 6));
        Assert.Equal(CasOutcome.Exists, await Client.CompareAndSwapAsync(Key("a"), Bytes("third"), seen.Cas));
        Assert.Equal(CasOutcome.NotFound, await Client.CompareAndSwapAsync(Key("absent"), Bytes("x"), seen.Cas));

        var item = await Client.GetAsync(Key("a"));
        Assert.Equal(("second", 6u), (Text(item), item.Flags));
        Assert.False((await Client.GetAsync(Key("absent"))).Found);
    }

    [Fact]
    public async Task Delete_tells_whether_there_was_an_item()
    {
        await Client.SetAsync(Key("a"), Bytes("x"));

        Assert.True(await Client.DeleteAsync(Key("a")));
        Assert.False(await Client.DeleteAsync(Key("a")));
        Assert.False((await Client.GetAsync(Key("a"))).Found);
    }

    [Fact]
    public async Task Delete_many_counts_what_there_was()
    {
        await Client.SetAsync(Key("a"), Bytes("x"));
        await Client.SetAsync(Key("b"), Bytes("x"));

        Assert.Equal(2, await Client.DeleteManyAsync([Key("a"), Key("absent"), Key("b")]));
        Assert.Equal(0, await Client.DeleteManyAsync([]));
        Assert.Equal(0, await Client.DeleteManyAsync([Key("a"), Key("b")]));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(MemcachedItem item) => item.Value is null ? null : Encoding.UTF8.GetString(item.Value);

    private string Key(string name) => _prefix + name;
}
