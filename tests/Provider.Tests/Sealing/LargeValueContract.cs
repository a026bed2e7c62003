using System.Buffers;
using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class LargeValueOnEmbeddedTests : LargeValueContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start(MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) => CacheProcess.On(_server, keys: keys, configure: configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class LargeValueOnRealMemcachedTests(SharedMemcached shared) : LargeValueContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start(MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) => CacheProcess.On(shared.Server, keys, configure);
}

public sealed class LargeValueOnMemoryDistributedCacheTests : LargeValueContract
{
    private readonly Microsoft.Extensions.Caching.Distributed.IDistributedCache _other = MemoryCaches.Create();

    internal override CacheProcess Start(MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) => CacheProcess.On(_other, keys: keys, configure: configure);
}

/// <summary>What users of <see cref="LargeValues.Chunk"/> rely on, whatever stores the chunks.</summary>
public abstract class LargeValueContract : IDisposable
{
    private readonly Lazy<CacheProcess> _process;

    protected LargeValueContract() => _process = new Lazy<CacheProcess>(() => Start(configure: Chunking));

    internal abstract CacheProcess Start(MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null);

    internal CacheProcess Process => _process.Value;

    protected static Action<MemcachedOptions> Chunking { get; } = static options => options.LargeValues = LargeValues.Chunk;

    private ISealedStore Store => Process.Sealed;

    private EntryScope Scope { get; } = Addresses.UniqueScope();

    private EntryAddress Address => Scope.Entry("statement:1");

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing && _process.IsValueCreated)
        {
            _process.Value.Dispose();
        }
    }

    [Fact]
    public async Task Every_size_around_the_borders_comes_back()
    {
        // The item's limit, and one, two, and a window of chunks: each one byte less, exactly, and one byte more.
        var asItIs = new EntryWrite { Format = new EntryFormat { Compress = false } };
        await Store.WriteAsync(Address, "probe", new EntryWrite());
        using var refusing = Start();
        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await refusing.Sealed.WriteAsync(Address, Noise(1 << 20), new EntryWrite()));
        var limit = (int)((1 << 20) - (fault.Size - fault.Limit));
        const int Part = ((512 << 10) - 512) - 16;
        int[] borders = [limit, 2 * Part, 4 * Part, 5 * Part];
        foreach (var size in borders.SelectMany(border => (int[])[border - 1, border, border + 1]))
        {
            var value = Noise(size);

            Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, value, asItIs));

            var entry = await Store.ReadAsync<byte[]>(Address);
            Assert.Equal(ReadOutcome.Hit, entry.Outcome);
            Assert.True(value.AsSpan().SequenceEqual(entry.Value), $"{size} bytes came back changed.");
        }
    }

    [Fact]
    public async Task Twenty_megabytes_come_back()
    {
        var value = Noise(20_000_000);
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, value, Addresses.For(TimeSpan.FromMinutes(5))));

        var entry = await Store.ReadAsync<byte[]>(Address);
        var destination = new ArrayBufferWriter<byte>();
        var outcome = await Store.ReadAsync(Address, destination);

        Assert.True(value.AsSpan().SequenceEqual(entry.Value));
        Assert.NotNull(entry.Deadline);
        Assert.Equal(ReadOutcome.Hit, outcome);
        Assert.True(destination.WrittenSpan.SequenceEqual(value));
    }

    [Fact]
    public async Task Values_of_every_form_come_back_as_what_they_were()
    {
        var text = string.Concat(Enumerable.Range(0, 120_000).Select(i => $"{i * 7919 % 1_000_003} ünï "));
        await RoundTripAsync(text);
        await RoundTripAsync(text + "\ud800");
        await RoundTripAsync(Enumerable.Range(0, 150_000).Select(i => new Line(i, $"text {i * 7919 % 1_000_003}")).ToList());
        await RoundTripAsync<ReadOnlyMemory<byte>>(Noise(2_000_000), static (one, other) => one.Span.SequenceEqual(other.Span));
        await RoundTripAsync(new ReadOnlySequence<byte>(Noise(2_000_000)), static (one, other) => one.ToArray().AsSpan().SequenceEqual(other.ToArray()));
        await RoundTripAsync(text, format: new EntryFormat { Serializer = new Utf16() });
        await RoundTripAsync(text, format: new EntryFormat { Compress = false });
        await RoundTripAsync(text, format: new EntryFormat { Encrypt = false });
        await RoundTripAsync(Noise(2_000_000), static (one, other) => one.AsSpan().SequenceEqual(other), new EntryFormat { Encrypt = false });
    }

    [Fact]
    public async Task What_compresses_below_the_limit_is_one_item_and_what_does_not_is_chunks_of_compressed_bytes()
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, new string('z', 30_000_000), new EntryWrite()));
        Assert.Equal(30_000_000, (await Store.ReadAsync<string>(Address)).Value!.Length);

        // Half of it noise: it compresses, and not below the limit.
        var half = Noise(6_000_000);
        for (var i = 0; i < half.Length; i += 2000)
        {
            half.AsSpan(i, 1000).Clear();
        }

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, half, new EntryWrite()));
        Assert.Equal(half, (await Store.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task A_large_value_read_as_another_type_is_no_hit_and_writes_nothing()
    {
        await Store.WriteAsync(Address, Random.Shared.GetHexString(4_000_000), new EntryWrite { Format = new EntryFormat { Compress = false } });
        var destination = new ArrayBufferWriter<byte>();

        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<byte[]>(Address)).Outcome);
        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<Line>(Address)).Outcome);
        Assert.Equal(ReadOutcome.Unopenable, await Store.ReadAsync(Address, destination));
        Assert.Equal(0, destination.WrittenCount);
        Assert.Equal(3, Process.Counts["scopedcaching.envelope.unreadable"]);
    }

    [Fact]
    public async Task Many_may_have_large_ones_among_them()
    {
        KeyValuePair<EntryAddress, byte[]>[] entries =
            [.. ((int[])[10, 1_500_000, 20, 3_000_000, 600_000]).Select((size, i) => KeyValuePair.Create(Scope.Entry($"many:{i}"), Noise(size)))];

        Assert.All(await Store.WriteManyAsync(entries, new EntryWrite()), outcome => Assert.Equal(WriteOutcome.Stored, outcome));

        var read = await Store.ReadManyAsync<byte[]>([.. entries.Select(entry => entry.Key), Scope.Entry("none")]);
        Assert.Equal([.. entries.Select(entry => entry.Value), null], read.Select(entry => entry.Value));
    }

    [Fact]
    public async Task One_above_the_largest_size_among_many_stops_the_whole()
    {
        using var small = Start(configure: static options =>
        {
            options.LargeValues = LargeValues.Chunk;
            options.MaxValueSize = 2_000_000;
        });

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await small.Sealed.WriteManyAsync(
            [KeyValuePair.Create(Address, Noise(10)), KeyValuePair.Create(Scope.Entry("b"), Noise(1_500_000)), KeyValuePair.Create(Scope.Entry("c"), Noise(2_000_001))], new EntryWrite()));

        Assert.Equal((2_000_001, 2_000_000), (fault.Size, fault.Limit));
        Assert.Contains("Cache:MaxValueSize", fault.Message, StringComparison.Ordinal);
        Assert.Equal(ReadOutcome.Miss, (await small.Sealed.ReadAsync<byte[]>(Address)).Outcome);
        Assert.Equal(WriteOutcome.Stored, await small.Sealed.WriteAsync(Address, Noise(2_000_000), new EntryWrite()));
    }

    [Fact]
    public async Task Without_the_setting_large_values_are_refused_with_the_way_out_and_split_ones_are_read()
    {
        var keys = new MemoryKeyRing();
        using var refusing = Start(keys);
        using var splitting = Start(keys, Chunking);

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await refusing.Sealed.WriteAsync(Address, Noise(2_000_000), new EntryWrite()));
        await splitting.Sealed.WriteAsync(Address, Noise(2_000_000), new EntryWrite());

        Assert.Contains("'Cache:LargeValues' = 'Chunk'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(Noise(2_000_000), (await refusing.Sealed.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task Another_process_reads_it_with_the_key_ring_and_not_without()
    {
        var keys = new MemoryKeyRing();
        using var writer = Start(keys, Chunking);
        using var friend = Start(keys, Chunking);
        using var stranger = Start(new MemoryKeyRing(), Chunking);
        await writer.Sealed.WriteAsync(Address, Noise(3_000_000), new EntryWrite());

        Assert.Equal(Noise(3_000_000), (await friend.Sealed.ReadAsync<byte[]>(Address)).Value);
        Assert.Equal(ReadOutcome.Unopenable, (await stranger.Sealed.ReadAsync<byte[]>(Address)).Outcome);
        Assert.Equal(1, stranger.Counts["scopedcaching.envelope.unopenable:foreign_key_ring"]);
    }

    [Fact]
    public async Task A_removed_one_is_gone()
    {
        await Store.WriteAsync(Address, Noise(3_000_000), new EntryWrite());

        Assert.Equal(RemoveOutcome.Removed, await Store.RemoveAsync(Address));

        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(Address)).Outcome);
    }

    [Fact]
    public async Task Large_and_small_replace_each_other()
    {
        await Store.WriteAsync(Address, Noise(3_000_000), new EntryWrite());
        await Store.WriteAsync(Address, Noise(10), new EntryWrite());
        Assert.Equal(Noise(10), (await Store.ReadAsync<byte[]>(Address)).Value);

        await Store.WriteAsync(Address, Noise(2_000_000), new EntryWrite());
        Assert.Equal(Noise(2_000_000), (await Store.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task A_touch_keeps_the_value_and_seals_the_new_deadline()
    {
        await Store.WriteAsync(Address, Noise(3_000_000), Addresses.For(TimeSpan.FromMinutes(1)));
        var before = (await Store.ReadAsync<byte[]>(Address)).Deadline;

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(Address, new EntryLife(TimeSpan.FromHours(1))));

        var entry = await Store.ReadAsync<byte[]>(Address);
        Assert.Equal(Noise(3_000_000), entry.Value);
        Assert.InRange((entry.Deadline - before)!.Value, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task Verified_writes_are_read_back()
    {
        using var verifying = Start(configure: static options => (options.LargeValues, options.VerifyWrites) = (LargeValues.Chunk, true));

        Assert.Equal(WriteOutcome.Stored, await verifying.Sealed.WriteAsync(Address, Noise(3_000_000), new EntryWrite()));
        Assert.Equal(Noise(3_000_000), (await verifying.Sealed.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task A_write_without_acknowledgement_arrives_nevertheless()
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, Noise(3_000_000), new EntryWrite { FireAndForget = true }));

        await Eventually.TrueAsync(async () => (await Store.ReadAsync<byte[]>(Address)).Found);
        Assert.Equal(Noise(3_000_000), (await Store.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task The_distributed_cache_splits_as_well()
    {
        var cache = (Microsoft.Extensions.Caching.Distributed.IBufferDistributedCache)Process.Distributed;
        var key = "body:" + Guid.NewGuid();
        await cache.SetAsync(key, new ReadOnlySequence<byte>(Noise(5_000_000)), new(), TestContext.Current.CancellationToken);

        var destination = new ArrayBufferWriter<byte>();
        Assert.True(await cache.TryGetAsync(key, destination, TestContext.Current.CancellationToken));
        Assert.True(destination.WrittenSpan.SequenceEqual(Noise(5_000_000)));
        Assert.Equal(Noise(5_000_000), await cache.GetAsync(key, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_blocking_members_split_as_well()
    {
        Process.Distributed.Set("body", Noise(3_000_000), new());

        Assert.Equal(Noise(3_000_000), Process.Distributed.Get("body"));
    }

    protected static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }

    private async Task RoundTripAsync<T>(T value, Func<T, T, bool>? equals = null, EntryFormat? format = null)
    {
        format ??= EntryFormat.Default;
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, value, new EntryWrite { Format = format }));
        var entry = await Store.ReadAsync<T>(Address, format);
        Assert.Equal(ReadOutcome.Hit, entry.Outcome);
        if (equals is null)
        {
            Assert.Equal(value, entry.Value);
        }
        else
        {
            Assert.True(equals(value, entry.Value!));
        }
    }

    private sealed record Line(int Number, string Text);

    private sealed class Utf16 : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => destination.Write(Encoding.Unicode.GetBytes((string)(object)value!));

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => (T)(object)Encoding.Unicode.GetString(source.Span);
    }
}
