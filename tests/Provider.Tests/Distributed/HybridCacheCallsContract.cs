using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Distributed;

public sealed class HybridCacheCallsOnRealMemcachedTests(SharedMemcached shared) : HybridCacheCallsContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start() => CacheProcess.On(shared.Server, Keys);
}

public sealed class HybridCacheCallsOnEmbeddedTests : HybridCacheCallsContract
{
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;

    public HybridCacheCallsOnEmbeddedTests() => _server = new EmbeddedMemcached(timeProvider: _clock);

    [Fact]
    public async Task A_tags_mark_lives_a_thousand_days()
    {
        await MarkAsync(Backend(), "tag", 42);

        _clock.Advance(TimeSpan.FromDays(999));
        Assert.Equal(42, await ReadMarkAsync(Backend(), "tag"));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await ReadMarkAsync(Backend(), "tag"));
    }

    [Fact]
    public async Task With_the_server_away_every_call_ends_quietly()
    {
        var backend = Backend();
        _server.Dispose();

        Assert.Equal(0, await ReadMarkAsync(backend, "*"));
        Assert.Null(await ReadAsync(backend, "key"));
        await WriteAsync(backend, "key", [1]);
        await backend.RemoveAsync("key", CancellationToken.None);
        await MarkAsync(backend, "tag", 1);
    }

    internal override CacheProcess Start() => CacheProcess.On(_server, _clock, Keys);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

/// <summary>
/// The calls that the platform's own HybridCache (Microsoft.Extensions.Caching.Hybrid) makes on its backend, in its order and with its kinds of keys, memory and tokens,
/// for a process that starts, reads, creates, removes, and one beside it. Its package is not needed for that.
/// </summary>
public abstract class HybridCacheCallsContract : IDisposable
{
    /// <summary>What it puts before a tag to make a key; <c>*</c> stands for all.</summary>
    private const string Mark = "__MSFT_HCT__";

    private readonly List<CacheProcess> _processes = [];
    private readonly string _own = Guid.NewGuid().ToString("N");

    internal MemoryKeyRing Keys { get; } = new();

    internal abstract CacheProcess Start();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _processes.ForEach(static process => process.Dispose());

    /// <summary>A process of its own. The backend is looked at once: whether it is more than an <see cref="IDistributedCache"/>.</summary>
    internal IBufferDistributedCache Backend()
    {
        var process = Start();
        _processes.Add(process);
        return Assert.IsType<IBufferDistributedCache>(process.Services.GetRequiredService<IDistributedCache>(), exactMatch: false);
    }

    [Fact]
    public async Task What_one_process_creates_another_reads_until_its_tag_is_removed()
    {
        var (key, tag) = ($"{_own} order 7/ünïcode \ud83d\ude00", $"{_own} red");
        byte[] payload = [3, 1, .. Enumerable.Repeat((byte)'x', 5000)];

        // The first process: its start, a miss, the factory, the write.
        var first = Backend();
        Assert.Equal(0, await ReadMarkAsync(first, "*"));
        Assert.Equal(0, await ReadMarkAsync(first, tag));
        Assert.Null(await ReadAsync(first, key));
        await WriteAsync(first, key, payload);

        // The second: the same reads, and a hit.
        var second = Backend();
        Assert.Equal(0, await ReadMarkAsync(second, "*"));
        Assert.Equal(payload, await ReadAsync(second, key));
        Assert.Equal(0, await ReadMarkAsync(second, tag));

        // The tag is removed by the first: a mark, with which a third process compares what it reads. The entry stays until it is written anew.
        var moment = DateTime.UnixEpoch.Ticks + 7;
        await MarkAsync(first, tag, moment);
        var third = Backend();
        Assert.Equal(payload, await ReadAsync(third, key));
        Assert.Equal(moment, await ReadMarkAsync(third, tag));
        await WriteAsync(third, key, [9]);
        Assert.Equal([9], await ReadAsync(second, key) ?? []);

        // And the key is removed.
        await second.RemoveAsync(key, CancellationToken.None);
        Assert.Null(await ReadAsync(first, key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(900_000)]
    public async Task A_payload_fits_into_a_buffer_of_just_its_size(int size)
    {
        var payload = new byte[size];
        new Random(size).NextBytes(payload);
        var backend = Backend();

        await WriteAsync(backend, $"{_own} key", payload);

        Assert.Equal(payload, await ReadAsync(backend, $"{_own} key", quota: size));
    }

    [Theory]
    [InlineData('x')]
    [InlineData(' ')]
    [InlineData('語')]
    public async Task The_longest_keys_it_allows_are_told_apart_by_their_last_character(char filler)
    {
        var start = _own + new string(filler, 1023 - _own.Length);
        var backend = Backend();
        await WriteAsync(backend, start + "1", [1]);
        await WriteAsync(backend, start + "2", [2]);

        Assert.Equal([1], await ReadAsync(backend, start + "1") ?? []);
        Assert.Equal([2], await ReadAsync(backend, start + "2") ?? []);
        Assert.Null(await ReadAsync(backend, start + "3"));
    }

    [Fact]
    public async Task A_read_that_was_given_up_throws_and_its_buffer_is_never_written_afterwards()
    {
        var backend = Backend();
        await WriteAsync(backend, $"{_own} key", new byte[100_000]);
        for (var i = 0; i < 20; i++)
        {
            using var giveUp = new CancellationTokenSource();
            using var writer = new LentBuffer(100_000);
            var reading = backend.TryGetAsync($"{_own} key", writer, giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            var ended = await Record.ExceptionAsync(() => reading);

            // It came first, or it was given up; the buffer is lent to another from now on and tells of whoever still writes.
            Assert.True(ended is null or OperationCanceledException);
        }

        Assert.Equal(100_000, (await ReadAsync(backend, $"{_own} key"))?.Length);
        Assert.Equal(0, LentBuffer.LateWrites);
    }

    /// <summary>As the read of a tag's mark at the start: with a token of four seconds. 0 for none.</summary>
    private protected static async Task<long> ReadMarkAsync(IBufferDistributedCache backend, string tag)
    {
        using var fourSeconds = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        return await ReadAsync(backend, Mark + tag, sizeof(long), fourSeconds.Token) is { } mark ? BinaryPrimitives.ReadInt64LittleEndian(mark) : 0;
    }

    private protected static async Task MarkAsync(IBufferDistributedCache backend, string tag, long moment)
    {
        var mark = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(mark, moment);
        await WriteAsync(backend, Mark + tag, mark, TimeSpan.FromDays(1000));
    }

    private protected static async Task<byte[]?> ReadAsync(IBufferDistributedCache backend, string key, int quota = 1 << 20, CancellationToken token = default)
    {
        using var writer = new LentBuffer(quota);
        var found = await backend.TryGetAsync(key, writer, token);
        Assert.True(found || writer.WasUntouched, "something was written on a miss");
        return found ? writer.Written : null;
    }

    /// <summary>As its writes: a part of a larger array from the pool, which goes to somebody else as soon as the write has completed.</summary>
    private protected static async Task WriteAsync(IBufferDistributedCache backend, string key, byte[] payload, TimeSpan? life = null)
    {
        var oversized = ArrayPool<byte>.Shared.Rent(payload.Length + 1);
        payload.CopyTo(oversized, 0);
        await backend.SetAsync(
            key,
            new ReadOnlySequence<byte>(oversized, 0, payload.Length),
            new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = life ?? TimeSpan.FromMinutes(5) },
            CancellationToken.None);
        Array.Fill(oversized, (byte)0xEE);
        ArrayPool<byte>.Shared.Return(oversized);
    }

    /// <summary>A writer with a limit, whose memory goes back after the read.</summary>
    private sealed class LentBuffer(int quota) : IBufferWriter<byte>, IDisposable
    {
        private static int s_lateWrites;
        private readonly byte[] _memory = new byte[quota + 1];
        private int _count;
        private bool _returned;

        public static int LateWrites => Volatile.Read(ref s_lateWrites);

        public bool WasUntouched { get; private set; } = true;

        public byte[] Written => _memory[.._count];

        public void Advance(int count)
        {
            NotLate();
            Assert.InRange(_count += count, 0, quota);
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            NotLate();
            WasUntouched = false;
            Assert.InRange(_count + sizeHint, 0, quota);
            return _memory.AsMemory(_count);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Dispose() => Volatile.Write(ref _returned, value: true);

        private void NotLate()
        {
            if (Volatile.Read(ref _returned))
            {
                Interlocked.Increment(ref s_lateWrites);
            }
        }
    }
}
