using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Distributed;

public sealed class DistributedCacheOnEmbeddedTests : DistributedCacheContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start() => CacheProcess.On(_server);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class DistributedCacheOnRealMemcachedTests(SharedMemcached shared) : DistributedCacheContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start() => CacheProcess.On(shared.Server);
}

/// <summary>What every user of <see cref="IDistributedCache"/> and <see cref="IBufferDistributedCache"/> relies on, whatever server is behind it.</summary>
public abstract class DistributedCacheContract : IDisposable
{
    private static readonly DistributedCacheEntryOptions s_forever = new();
    private readonly string _key = "key-" + Guid.NewGuid().ToString("N");
    private readonly Lazy<CacheProcess> _process;

    protected DistributedCacheContract() => _process = new Lazy<CacheProcess>(Start);

    private IBufferDistributedCache Cache => Assert.IsType<IBufferDistributedCache>(_process.Value.Distributed, exactMatch: false);

    internal abstract CacheProcess Start();

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
    public async Task What_is_set_is_got_and_gone_once_removed()
    {
        Assert.Null(await Cache.GetAsync(_key));
        await Cache.SetAsync(_key, [1, 2, 3], s_forever);
        Assert.Equal([1, 2, 3], await Cache.GetAsync(_key));
        await Cache.SetAsync(_key, [4], s_forever);
        Assert.Equal([4], await Cache.GetAsync(_key));
        await Cache.RemoveAsync(_key);
        Assert.Null(await Cache.GetAsync(_key));
        await Cache.RemoveAsync(_key);
    }

    [Fact]
    public void The_blocking_members_do_the_same()
    {
        var destination = new ArrayBufferWriter<byte>();
        Assert.Null(Cache.Get(_key));
        Assert.False(Cache.TryGet(_key, destination));
        Cache.Set(_key, [1, 2, 3], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) });
        Cache.Refresh(_key);
        Assert.Equal([1, 2, 3], Cache.Get(_key)!);
        Cache.Set(_key, new ReadOnlySequence<byte>([4, 5]), s_forever);
        Assert.True(Cache.TryGet(_key, destination));
        Assert.Equal([4, 5], destination.WrittenSpan.ToArray());
        Cache.Remove(_key);
        Assert.Null(Cache.Get(_key));
    }

    [Fact]
    public async Task A_value_of_no_bytes_is_a_hit()
    {
        await Cache.SetAsync(_key, [], s_forever);
        Assert.Empty(await Cache.GetAsync(_key) ?? [1]);
        Assert.True(await Cache.TryGetAsync(_key, new ArrayBufferWriter<byte>()));

        await Cache.SetAsync(_key, ReadOnlySequence<byte>.Empty, s_forever);
        Assert.Empty(await Cache.GetAsync(_key) ?? [1]);
    }

    [Fact]
    public async Task Nothing_is_written_into_the_callers_buffer_on_a_miss()
    {
        var destination = new ArrayBufferWriter<byte>();

        Assert.False(await Cache.TryGetAsync(_key, destination));
        Assert.Equal(0, destination.WrittenCount);
    }

    [Fact]
    public async Task A_sequence_of_pooled_segments_is_taken_before_the_write_completes()
    {
        var memory = Enumerable.Range(0, 5).Select(i => Enumerable.Repeat((byte)i, 3000).ToArray()).ToArray();
        var expected = memory.SelectMany(segment => segment).ToArray();

        await Cache.SetAsync(_key, Segment.Join(memory), s_forever);
        Array.ForEach(memory, segment => Array.Fill(segment, (byte)0xEE));

        Assert.Equal(expected, await Cache.GetAsync(_key));
    }

    [Fact]
    public async Task A_large_value_arrives_whole_in_a_buffer_that_grows()
    {
        var value = new byte[300_000];
        new Random(3).NextBytes(value);
        await Cache.SetAsync(_key, value, s_forever);
        var destination = new ArrayBufferWriter<byte>();

        Assert.True(await Cache.TryGetAsync(_key, destination));

        Assert.Equal(value, destination.WrittenSpan.ToArray());
    }

    [Fact]
    public async Task Keys_of_any_text_up_to_1024_characters_work_and_stay_apart()
    {
        string[] keys =
        [
            _key + " with blanks and ünïcode \ud83d\ude00", _key + "\r\nflush_all\r\n", _key + "\0", _key + "\ud800", _key + "\udc00", _key + "\ufffd",
            _key + new string('x', 1024 - _key.Length), _key + new string('語', 1024 - _key.Length), "", " ", "__MSFT_HCT__*",
        ];
        await Cache.SetAsync(_key, "first of all"u8.ToArray(), s_forever);
        for (var i = 0; i < keys.Length; i++)
        {
            await Cache.SetAsync(keys[i], [(byte)i], s_forever);
        }

        for (var i = 0; i < keys.Length; i++)
        {
            Assert.Equal([(byte)i], await Cache.GetAsync(keys[i]) ?? []);
        }

        Assert.Equal("first of all"u8.ToArray(), await Cache.GetAsync(_key) ?? []);
    }

    [Fact]
    public async Task What_is_missing_is_the_callers_error()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.GetAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.SetAsync(null!, [1], s_forever));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.SetAsync(_key, null!, s_forever));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.SetAsync(_key, [1], null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.RefreshAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Cache.RemoveAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.TryGetAsync(_key, null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.SetAsync(_key, ReadOnlySequence<byte>.Empty, null!));
        Assert.Throws<ArgumentNullException>(() => Cache.Get(null!));
        Assert.Throws<ArgumentNullException>(() => Cache.Set(_key, null!, s_forever));
        Assert.Throws<ArgumentNullException>(() => Cache.Refresh(null!));
        Assert.Throws<ArgumentNullException>(() => Cache.Remove(null!));
    }

    [Fact]
    public async Task An_absolute_expiration_that_is_past_is_the_callers_error()
    {
        var past = new DistributedCacheEntryOptions { AbsoluteExpiration = DateTimeOffset.UtcNow.AddMinutes(-1) };

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.SetAsync(_key, [1], past));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cache.Set(_key, [1], past));
        Assert.Null(await Cache.GetAsync(_key));
    }

    [Fact]
    public async Task Refreshing_what_is_not_there_is_silent()
    {
        await Cache.RefreshAsync(_key);
        Assert.Null(Record.Exception(() => Cache.Refresh(_key)));

        Assert.DoesNotContain(_process.Value.Log.Lines, line => line.Id is >= 1000 and < 1400 && line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
        Assert.Equal(0, _process.Value.Counts["scopedcaching.faults"]);
    }

    [Fact]
    public async Task Session_and_anyone_else_share_nothing_readable_with_the_server()
    {
        await Cache.SetAsync(_key, "a value that nobody may read"u8.ToArray(), s_forever);
        var address = new EntryScope(CacheProcess.Prefix, "distributed", "", "").Entry(_key);

        var stored = await StoredAsync(_process.Value, address.Wire());

        Assert.NotNull(stored);
        Assert.Equal(-1, stored.AsSpan().IndexOf("nobody may read"u8));
    }

    /// <summary>What the server holds under a key of its own.</summary>
    internal virtual async Task<byte[]?> StoredAsync(CacheProcess process, byte[] wireKey) => (await process.Client.GetAsync(wireKey)).Value;

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Join(byte[][] parts)
        {
            var first = new Segment { Memory = parts[0] };
            var last = first;
            foreach (var part in parts[1..])
            {
                var next = new Segment { Memory = part, RunningIndex = last.RunningIndex + last.Memory.Length };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
