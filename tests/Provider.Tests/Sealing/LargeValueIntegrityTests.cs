using System.Buffers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>Against whoever controls the store: a value whose chunks are not exactly those that were written is a miss, and nothing of it is handed on.</summary>
public sealed class LargeValueIntegrityTests : IDisposable
{
    private const int Part = ((512 << 10) - 512) - 16;
    private const int Size = (3 * Part) + 1000;
    private readonly EntryAddress _address = Addresses.Scope().Entry("statement:1");
    private readonly DictionaryStore _store = new();
    private readonly CacheProcess _process;

    public LargeValueIntegrityTests() => _process = Start();

    private ISealedStore Store => _process.Sealed;

    private string ManifestKey => Encoding.ASCII.GetString(_address.Wire());

    /// <summary>The chunks' keys, in order of their index.</summary>
    private string[] ChunkKeys => [.. _store.Items.Keys.Where(key => key.Contains("~k", StringComparison.Ordinal)).Order(ByIndex)];

    private static Comparer<string> ByIndex { get; } = Comparer<string>.Create((one, other) => Index(one).CompareTo(Index(other)));

    /// <summary>What somebody did to the four chunks, before of an older value of the same length.</summary>
    public static TheoryData<string, bool> Tamperings
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var encrypts in (bool[])[true, false])
            {
                foreach (var tampering in (string[])
                    ["missing 0", "missing 1", "missing 3", "flipped 0", "flipped 2", "flipped last bit 3", "cut 1", "cut 3", "longer 1", "longer 3", "empty 2", "swapped", "duplicated", "older 0", "older 3", "older all", "foreign 1"])
                {
                    data.Add(tampering, encrypts);
                }
            }

            return data;
        }
    }

    public void Dispose() => _process.Dispose();

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task Chunks_that_are_not_the_ones_written_are_no_hit_and_nothing_of_them_is_handed_on(string tampering, bool encrypts)
    {
        using var process = Start(options => options.Encrypt = encrypts);
        await process.Sealed.WriteAsync(_address, Noise(1), new EntryWrite());
        var older = Take();
        await process.Sealed.WriteAsync(Addresses.Scope("bank-b").Entry("statement:1"), Noise(2), new EntryWrite());
        var foreign = Take();
        await process.Sealed.WriteAsync(_address, Noise(3), new EntryWrite());
        var keys = ChunkKeys;
        Assert.Equal(4, keys.Length);

        Tamper(tampering, keys, older, foreign);

        var destination = new ArrayBufferWriter<byte>();
        Assert.Equal(ReadOutcome.Unopenable, await process.Sealed.ReadAsync(_address, destination));
        Assert.Equal(0, destination.WrittenCount);
        Assert.Equal(ReadOutcome.Unopenable, (await process.Sealed.ReadAsync<byte[]>(_address)).Outcome);
        Assert.Equal(ReadOutcome.Unopenable, Assert.Single(await process.Sealed.ReadManyAsync<byte[]>([_address])).Outcome);
        var reason = tampering.StartsWith("missing", StringComparison.Ordinal) ? "chunk_missing" : "tampered";
        Assert.Equal(3, process.Counts["scopedcaching.envelope.unopenable:" + reason]);
    }

    [Fact]
    public async Task Chunks_that_nobody_touched_are_a_hit()
    {
        await Store.WriteAsync(_address, Noise(1), new EntryWrite());

        Assert.Equal(Noise(1), (await Store.ReadAsync<byte[]>(_address)).Value);
    }

    [Fact]
    public async Task An_older_manifest_brings_back_its_older_value_whole_or_nothing()
    {
        await Store.WriteAsync(_address, Noise(1), new EntryWrite());
        var manifest = _store.Items[ManifestKey];
        await Store.WriteAsync(_address, Noise(2), new EntryWrite());

        _store.Items[ManifestKey] = manifest;

        Assert.Equal(Noise(1), (await Store.ReadAsync<byte[]>(_address)).Value);
    }

    [Fact]
    public async Task A_manifest_at_another_address_finds_nothing()
    {
        var other = Addresses.Scope("bank-b").Entry("statement:1");
        await Store.WriteAsync(other, "theirs", new EntryWrite());
        await Store.WriteAsync(_address, Noise(1), new EntryWrite());

        _store.Items[Encoding.ASCII.GetString(other.Wire())] = _store.Items[ManifestKey];

        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<byte[]>(other)).Outcome);
    }

    [Fact]
    public async Task A_chunk_put_in_place_of_an_entry_is_no_hit()
    {
        await Store.WriteAsync(_address, Noise(1), new EntryWrite());

        foreach (var key in ChunkKeys)
        {
            _store.Items[ManifestKey] = _store.Items[key];
            Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<byte[]>(_address)).Outcome);
        }
    }

    [Fact]
    public async Task Removing_the_manifest_leaves_nothing_that_can_be_read()
    {
        var secret = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a value that nobody may read;", Size / 29)));
        await Store.WriteAsync(_address, secret, new EntryWrite { Format = new EntryFormat { Compress = false } });
        var first = ChunkKeys;

        Assert.Equal(RemoveOutcome.Removed, await Store.RemoveAsync(_address));

        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(_address)).Outcome);
        Assert.All(_store.Items.Values, item => Assert.Equal(-1, item.Bytes.AsSpan().IndexOf("nobody may read"u8)));

        // The same value again: other keys, and not one block of bytes alike.
        var before = first.Select(key => _store.Items[key].Bytes).ToArray();
        await Store.WriteAsync(_address, secret, new EntryWrite { Format = new EntryFormat { Compress = false } });
        var again = ChunkKeys.Except(first, StringComparer.Ordinal).ToArray();
        Assert.Equal(first.Length, again.Length);
        Assert.All(again.Zip(before), pair => Assert.False(_store.Items[pair.First].Bytes.AsSpan(0, 16).SequenceEqual(pair.Second.AsSpan(0, 16))));
    }

    [Fact]
    public async Task Keys_of_chunks_hold_no_text_of_the_callers_and_fit_everywhere()
    {
        var scope = new EntryScope(new string('p', 100), new string('l', 100), "customer-zq81", "customer-zq81");
        await Store.WriteAsync(scope.Entry("key-xw55"), Noise(1), new EntryWrite());

        Assert.All(ChunkKeys, key =>
        {
            Assert.Matches("^[!-~]{1,200}$", key);
            Assert.DoesNotContain("zq81", key, StringComparison.Ordinal);
            Assert.DoesNotContain("xw55", key, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_chunk_that_cannot_be_written_drops_the_write_and_what_was_there_stays(int failing)
    {
        await Store.WriteAsync(_address, "before", new EntryWrite());
        var chunks = 0;
        _store.Refuses = key => key.Contains("~k", StringComparison.Ordinal) && chunks++ == failing;

        Assert.Equal(WriteOutcome.Unavailable, await Store.WriteAsync(_address, Noise(1), new EntryWrite()));

        Assert.Equal("before", (await Store.ReadAsync<string>(_address)).Value);
        Assert.Equal(1, _process.Counts["scopedcaching.writes.dropped"]);
        using var throwing = Start(options => options.OnFailure = OnFailure.Throw);
        chunks = 0;
        await Assert.ThrowsAnyAsync<MemcachedException>(async () => await throwing.Sealed.WriteAsync(_address, Noise(1), new EntryWrite()));
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_written_drops_the_write()
    {
        _store.Refuses = key => string.Equals(key, ManifestKey, StringComparison.Ordinal);

        Assert.Equal(WriteOutcome.Unavailable, await Store.WriteAsync(_address, Noise(1), new EntryWrite()));

        Assert.Equal(4, ChunkKeys.Length);
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(_address)).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_chunk_that_was_not_stored_as_sent_is_told_where_writes_are_verified(bool verifies)
    {
        using var process = Start(options => options.VerifyWrites = verifies);
        _store.Spoils = static key => key.Contains("~k", StringComparison.Ordinal);

        Assert.Equal(verifies ? WriteOutcome.Unavailable : WriteOutcome.Stored, await process.Sealed.WriteAsync(_address, Noise(1), new EntryWrite()));

        Assert.Equal(verifies ? ReadOutcome.Miss : ReadOutcome.Unopenable, (await process.Sealed.ReadAsync<byte[]>(_address)).Outcome);
    }

    [Fact]
    public async Task A_store_of_items_too_small_to_split_into_refuses()
    {
        using var tiny = CacheProcess.On(MemoryCaches.Create(), configure: options =>
        {
            options.LargeValues = LargeValues.Chunk;
            options.ItemSizeLimit = 1 << 10;
        });

        // A manifest with its wrapped data key is a few hundred bytes: it fits. The chunks are many.
        Assert.Equal(WriteOutcome.Stored, await tiny.Sealed.WriteAsync(_address, Noise(1), new EntryWrite()));
        Assert.Equal(Noise(1), (await tiny.Sealed.ReadAsync<byte[]>(_address)).Value);
        var tags = new EntryWrite { Tags = EntryTags.Of([.. Enumerable.Range(0, 60).Select(i => $"a tag with a name of some length {i}")]) };
        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await tiny.Fresh.WriteAsync(_address, Noise(1), tags));
    }

    private CacheProcess Start(Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Backend = "mine";
                options.LargeValues = LargeValues.Chunk;
                configure?.Invoke(options);
            },
            add: services => services.AddKeyedSingleton<ICacheStore>("mine", _store));

    /// <summary>The chunks there are, in order, taken out of the store.</summary>
    private (byte[] Bytes, uint Flags)[] Take()
    {
        (byte[] Bytes, uint Flags)[] chunks = [.. ChunkKeys.Select(key => _store.Items[key])];
        Array.ForEach(ChunkKeys, key => _store.Items.TryRemove(key, out _));
        return chunks;
    }

    private void Tamper(string tampering, string[] keys, (byte[] Bytes, uint Flags)[] older, (byte[] Bytes, uint Flags)[] foreign)
    {
        var items = _store.Items;
        var at = char.IsAsciiDigit(tampering[^1]) ? tampering[^1] - '0' : 0;
        var (bytes, flags) = items[keys[at]];
        switch (tampering[..^(char.IsAsciiDigit(tampering[^1]) ? 2 : 0)])
        {
            case "missing":
                Assert.True(items.TryRemove(keys[at], out _));
                break;
            case "flipped":
                bytes[100] ^= 1;
                break;
            case "flipped last bit":
                bytes[^1] ^= 0x80;
                break;
            case "cut":
                items[keys[at]] = (bytes[..^1], flags);
                break;
            case "longer":
                items[keys[at]] = ([.. bytes, 0], flags);
                break;
            case "empty":
                items[keys[at]] = ([], flags);
                break;
            case "swapped":
                (items[keys[1]], items[keys[2]]) = (items[keys[2]], items[keys[1]]);
                break;
            case "duplicated":
                items[keys[2]] = items[keys[1]];
                break;
            case "older":
                items[keys[at]] = older[at];
                break;
            case "older all":
                for (var i = 0; i < keys.Length; i++)
                {
                    items[keys[i]] = older[i];
                }

                break;
            case "foreign":
                items[keys[at]] = foreign[at];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(tampering), tampering, "Unknown.");
        }
    }

    /// <summary>The last four bytes of the name behind the mark: three and a bit of base64's characters hold the lowest.</summary>
    private static int Index(string key) =>
        BitConverter.ToInt32(System.Buffers.Text.Base64Url.DecodeFromChars(key.AsSpan(key.IndexOf("~k", StringComparison.Ordinal) + 2)).AsSpan(16));

    private static byte[] Noise(int seed)
    {
        var noise = new byte[Size];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}
