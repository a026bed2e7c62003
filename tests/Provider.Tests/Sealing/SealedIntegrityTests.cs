using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>Against whoever controls the server: what was damaged, moved or exchanged is a miss, counted, and told without saying whose it was.</summary>
public sealed class SealedIntegrityTests : IDisposable
{
    private const string Customer = "customer-zq81";
    private const string Key = "key-xw55";
    private const string Value = "value-jk77-which-nobody-may-read";
    private static readonly EntryAddress s_address = new EntryScope(CacheProcess.Prefix, "stack", Customer, Customer).Entry(Key);
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly CacheProcess _process;

    public SealedIntegrityTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _process = CacheProcess.On(_server, _clock);
    }

    /// <summary>Addresses that differ from the entry's own in one part each.</summary>
    public static TheoryData<string, string, string, string, string, string> OtherAddresses => new()
    {
        { CacheProcess.Prefix, "stack", Customer, Customer, "", Key + "2" },
        { CacheProcess.Prefix, "stack", "bank-b", "bank-b", "", Key },
        { CacheProcess.Prefix, "stack", Customer, "session", "", Key },
        { CacheProcess.Prefix, "stack", "bank-b", Customer, "", Key },
        { CacheProcess.Prefix, "session", Customer, Customer, "", Key },
        { "other", "stack", Customer, Customer, "", Key },
        { CacheProcess.Prefix, "stack", Customer, Customer, "view", Key },
        { CacheProcess.Prefix, "service", "", "", "", Key },
    };

    public void Dispose()
    {
        _process.Dispose();
        _server.Dispose();
    }

    [Theory]
    [MemberData(nameof(OtherAddresses))]
    public async Task An_entry_copied_to_another_address_does_not_open(string prefix, string level, string isolation, string id, string view, string key)
    {
        var other = new EntryScope(prefix, level, isolation, id, view).Entry(key);
        foreach (var format in (EntryFormat[])[EntryFormat.Default, new() { Encrypt = false }])
        {
            await _process.Sealed.WriteAsync(s_address, Value, new EntryWrite { Format = format });
            await _process.Sealed.WriteAsync(other, "their own", new EntryWrite { Format = format });
            var item = await _process.Client.GetAsync(s_address.Wire());
            await _process.Client.SetAsync(other.Wire(), item.Value, flags: item.Flags);

            var entry = await _process.Sealed.ReadAsync<string>(other, format);

            Assert.Equal(ReadOutcome.Unopenable, entry.Outcome);
            Assert.Null(entry.Value);
            Assert.Equal(WriteOutcome.NotStored, await _process.Sealed.TouchAsync(other, EntryLife.Forever, format));
        }

        Assert.Equal(4, _process.Counts["scopedcaching.envelope.unopenable:tampered"]);
        AssertNothingTold(_process);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bit_flipped_anywhere_is_no_hit_and_is_counted(bool encrypted)
    {
        var format = new EntryFormat { Encrypt = encrypted };
        await _process.Sealed.WriteAsync(s_address, Value, Addresses.Sliding(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)) with { Format = format });
        var item = await _process.Client.GetAsync(s_address.Wire());
        for (var i = 0; i < item.Value!.Length; i++)
        {
            var damaged = item.Value.ToArray();
            damaged[i] ^= (byte)(1 << (i % 8));
            await _process.Client.SetAsync(s_address.Wire(), damaged, flags: item.Flags);

            var entry = await _process.Sealed.ReadAsync<string>(s_address, format);

            Assert.Equal(ReadOutcome.Unopenable, entry.Outcome);
            Assert.Null(entry.Value);
        }

        Assert.Equal(item.Value.Length, _process.Counts["scopedcaching.envelope.unopenable"]);
        AssertNothingTold(_process);
        await _process.Client.SetAsync(s_address.Wire(), item.Value, flags: item.Flags);
        Assert.Equal(Value, (await _process.Sealed.ReadAsync<string>(s_address, format)).Value);
    }

    [Fact]
    public async Task An_entry_cut_short_or_lengthened_is_no_hit()
    {
        await _process.Sealed.WriteAsync(s_address, Value, new EntryWrite());
        var item = await _process.Client.GetAsync(s_address.Wire());
        for (var length = 0; length <= item.Value!.Length + 1; length++)
        {
            var changed = item.Value.ToArray();
            Array.Resize(ref changed, length);
            await _process.Client.SetAsync(s_address.Wire(), changed, flags: item.Flags);

            Assert.Equal(length == item.Value.Length, (await _process.Sealed.ReadAsync<string>(s_address)).Found);
        }
    }

    [Fact]
    public async Task An_unencrypted_entry_is_refused_where_entries_are_encrypted()
    {
        await _process.Sealed.WriteAsync(s_address, Value, new EntryWrite { Format = new EntryFormat { Encrypt = false } });

        Assert.Equal(ReadOutcome.Unopenable, (await _process.Sealed.ReadAsync<string>(s_address)).Outcome);
        Assert.Equal(1, _process.Counts["scopedcaching.envelope.unopenable:not_encrypted"]);
    }

    [Fact]
    public async Task Nothing_readable_of_customer_key_and_value_reaches_the_wire()
    {
        using var cache = new RecordedCache(_server.Transport, _clock, options => options.Compress = false);
        await cache.Sealed.WriteAsync(s_address, Value, Addresses.Sliding(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)));
        await cache.Sealed.WriteAsync(s_address, new { Value }, new EntryWrite { Condition = WriteCondition.IfPresent });
        await cache.Sealed.WriteManyAsync([KeyValuePair.Create(s_address, Value)], new EntryWrite());
        await cache.Sealed.TouchAsync(s_address, new EntryLife(TimeSpan.FromHours(1)));
        Assert.True((await cache.Sealed.ReadAsync<string>(s_address)).Found);
        await cache.Sealed.RefreshAsync(s_address);
        await cache.Sealed.AddToCounterAsync(s_address, 1);
        await cache.Sealed.RemoveAsync(s_address);

        Assert.Equal("ms ms ms mg ms mg mg ma md", await cache.VerbsAsync());
        AssertUnreadable(cache.Wire.Sent);
    }

    [Fact]
    public async Task Hostile_text_never_reaches_the_wire_raw()
    {
        const string Hostile = "x\r\nflush_all\r\n\0 \ud800 ../%0d%0a";
        var scope = new EntryScope(Hostile, Hostile, Hostile, Hostile, Hostile);
        using var cache = new RecordedCache(_server.Transport, _clock);
        await cache.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        await cache.Sealed.WriteAsync(scope.Entry(Hostile), Value, new EntryWrite());

        Assert.Equal(Value, (await cache.Sealed.ReadAsync<string>(scope.Entry(Hostile))).Value);
        Assert.True((await cache.Sealed.ReadAsync<int>(s_address)).Found);
        Assert.All(cache.Wire.Requests, line => Assert.Matches("^[ -~]+$", line));
        Assert.Equal("ms ms mg mg", await cache.VerbsAsync());
    }

    [Fact]
    public async Task A_key_secret_changes_every_key_on_the_server()
    {
        using var keyed = CacheProcess.On(_server, _clock, configure: options => options.KeySecret = "a secret of the shop");
        await keyed.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        Assert.False((await keyed.Client.GetAsync(s_address.Wire())).Found);
        Assert.True((await keyed.Client.GetAsync(s_address.Wire(secret: "a secret of the shop"))).Found);
        Assert.NotEqual(keyed.Sealed.Fingerprint(s_address), _process.Sealed.Fingerprint(s_address), StringComparer.Ordinal);
    }

    internal static void AssertNothingTold(CacheProcess process, params string[] more) =>
        Assert.All(process.Log.Lines, line => AssertSilent(line.Text, more));

    internal static void AssertSilent(string text, params string[] more)
    {
        foreach (var secret in (string[])[Customer, Key, Value, .. more])
        {
            Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static void AssertUnreadable(byte[] bytes)
    {
        foreach (var secret in (string[])[Customer, Key, Value])
        {
            Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes(secret)));
        }
    }
}
