using System.Text;
using ScopedCaching.Memcached;

namespace Provider.Tests.Client;

/// <content>Keys and values of all kinds and sizes.</content>
public abstract partial class MemcachedClientContract
{
    // What memcached adds to key and value: its bookkeeping, version, flags, a NUL and a line end.
    private const int ItemOverhead = 63;
    private const int ItemLimit = 1 << 20;

    [Fact]
    public async Task Values_of_every_length_and_byte_come_back()
    {
        var values = OddValues();
        var failed = await Client.SetManyAsync(
            [.. values.Select((value, number) => KeyValuePair.Create(Key($"{number}"), (ReadOnlyMemory<byte>)value))]);
        var found = await Client.GetManyAsync([.. values.Select((_, number) => Key($"{number}"))]);

        Assert.Empty(failed);
        Assert.All(values.Select((value, number) => (value, number)), pair =>
            Assert.True(pair.value.AsSpan().SequenceEqual(found[Key($"{pair.number}")].Value)));
    }

    [Fact]
    public async Task The_largest_value_is_stored_and_one_byte_more_is_refused_before_sending()
    {
        var largest = ItemLimit - ItemOverhead - Key("a").Length;
        var value = Noise(largest);
        Assert.True(await Client.SetAsync(Key("a"), value, flags: 1));

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(
            async () => await Client.SetAsync(Key("a"), Noise(largest + 1), flags: 1));

        Assert.Equal((ItemLimit + 1, ItemLimit), (fault.Size, fault.Limit));
        Assert.Contains($"{ItemLimit + 1}", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"limit is {ItemLimit} bytes", fault.Message, StringComparison.Ordinal);
        var still = await Client.GetAsync(Key("a"));
        Assert.True(value.AsSpan().SequenceEqual(still.Value));
    }

    [Fact]
    public async Task What_is_too_large_is_refused_by_every_verb_and_the_old_value_stays()
    {
        var tooLarge = new byte[2 << 20];
        await Client.SetAsync(Key("a"), Bytes("old"));
        Func<Task>[] writes =
        [
            async () => await Client.SetAsync(Key("a"), tooLarge),
            async () => await Client.AddAsync(Key("b"), tooLarge),
            async () => await Client.ReplaceAsync(Key("a"), tooLarge),
            async () => await Client.AppendAsync(Key("a"), tooLarge),
            async () => await Client.PrependAsync(Key("a"), tooLarge),
            async () => await Client.CompareAndSwapAsync(Key("a"), tooLarge, 1),
            async () => await Client.SetManyAsync([new(Key("a"), tooLarge)]),
        ];

        foreach (var write in writes)
        {
            await Assert.ThrowsAsync<MemcachedValueTooLargeException>(write);
        }

        Assert.Equal("old", Text(await Client.GetAsync(Key("a"))));
    }

    [Fact]
    public async Task Growing_an_item_above_the_limit_stores_nothing_and_the_connection_goes_on()
    {
        await Client.SetAsync(Key("a"), new byte[700_000]);

        Assert.False(await Client.AppendAsync(Key("a"), new byte[700_000]));
        Assert.False(await Client.PrependAsync(Key("a"), new byte[700_000]));

        Assert.Equal(700_000, (await Client.GetAsync(Key("a"))).Value!.Length);
        Assert.True(await Client.SetAsync(Key("b"), Bytes("x")));
    }

    [Fact]
    public async Task Keys_of_any_text_are_different_items()
    {
        string[] keys = [.. ((string[])["ключ", "日本語", "😀", "a b", "a\tb", "a\r\nb", "a\nb", "a\0b", "a", "b", "YQ==", "\u00a0"]).Select(Key)];
        foreach (var key in keys)
        {
            Assert.True(await Client.SetAsync(key, Bytes(key)));
        }

        Assert.All(await Client.GetManyAsync(keys), pair => Assert.Equal(pair.Key, Text(pair.Value)));
        Assert.Equal(keys.Length, await Client.DeleteManyAsync(keys));
    }

    [Fact]
    public async Task Keys_of_any_bytes_are_different_items()
    {
        var prefix = Encoding.ASCII.GetBytes(_prefix);
        byte[][] keys = [.. Enumerable.Range(0, 256).Select(number => (byte[])[.. prefix, (byte)number])];
        foreach (var key in keys)
        {
            Assert.True(await Client.SetAsync(key, key));
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, (await Client.GetAsync(key)).Value);
        }
    }

    [Theory]
    [InlineData('k', 250)]
    [InlineData(' ', 186)]
    [InlineData(' ', 185)]
    [InlineData(' ', 184)]
    public async Task The_longest_keys_are_items_of_their_own(char filling, int length)
    {
        var key = Key("").PadRight(length - 1, filling);
        Assert.True(await Client.SetAsync(key + "1", Bytes("first")));
        Assert.True(await Client.SetAsync(key + "2", Bytes("second")));

        Assert.Equal("first", Text(await Client.GetAsync(key + "1")));
        Assert.Equal(1ul, await IncrementAsync(key + "1"));
        Assert.True(await Client.DeleteAsync(key + "1"));
        Assert.Equal("second", Text(await Client.GetAsync(key + "2")));

        async Task<ulong?> IncrementAsync(string number)
        {
            await Client.SetAsync(number, Bytes("0"));
            return await Client.IncrementAsync(number);
        }
    }

    [Theory]
    [InlineData('k', 251)]
    [InlineData(' ', 187)]
    public async Task Longer_keys_are_refused_by_every_verb(char filling, int length)
    {
        var key = Key("").PadRight(length, filling);
        Func<Task>[] verbs =
        [
            async () => await Client.GetAsync(key),
            async () => await Client.GetManyAsync([Key("a"), key]),
            async () => await Client.GetAndTouchAsync(key, TimeSpan.FromMinutes(1)),
            async () => await Client.SetAsync(key, Bytes("flush_all\r\n")),
            async () => await Client.SetManyAsync([new(key, Bytes("x"))]),
            async () => await Client.AddAsync(key, Bytes("x")),
            async () => await Client.CompareAndSwapAsync(key, Bytes("x"), 1),
            async () => await Client.DeleteAsync(key),
            async () => await Client.DeleteManyAsync([key]),
            async () => await Client.IncrementAsync(key),
            async () => await Client.TouchAsync(key, TimeSpan.FromMinutes(1)),
        ];
        await Client.SetAsync(Key("a"), Bytes("x"));

        foreach (var verb in verbs)
        {
            await Assert.ThrowsAsync<MemcachedClientException>(verb);
        }

        Assert.True((await Client.GetAsync(Key("a"))).Found);
    }

    [Fact]
    public async Task A_key_is_never_a_command()
    {
        await Client.SetAsync(Key("a"), Bytes("still here"));
        foreach (var attempt in (string[])["k\r\nflush_all\r\n", "k v\r\nmd " + Key("a"), "\r\nflush_all", "k 0\r\n\r\nflush_all\r\n"])
        {
            await Client.GetAsync(attempt);
            await Client.SetAsync(attempt, Bytes("flush_all\r\n"));
            await Client.DeleteAsync(attempt);
            await Client.TouchAsync(attempt, TimeSpan.FromMinutes(1));
        }

        Assert.Equal("still here", Text(await Client.GetAsync(Key("a"))));
    }

    private static byte[][] OddValues() =>
    [
        .. Enumerable.Range(0, 301).Select(Noise),
        .. ((int[])[4_095, 4_096, 8_191, 8_192, 8_193, 65_533, 65_534, 65_535, 65_536, 65_537, 65_538, 131_072, 500_000]).Select(Noise),
        Bytes("\r\n"), Bytes("VA 1 O1\r\nx\r\nEN\r\n"), Bytes("END\r\n"), Bytes("\0\0"),
        [.. Enumerable.Range(0, 256).Select(number => (byte)number)],
    ];

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }
}
