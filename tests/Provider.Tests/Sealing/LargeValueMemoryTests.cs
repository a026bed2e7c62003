using System.Buffers;
using System.Diagnostics.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>How much memory of the pool one large value takes at most, all layers down to the socket together.</summary>
[Collection(nameof(Alone))]
public sealed class LargeValueMemoryTests(SharedMemcached shared) : IClassFixture<SharedMemcached>
{
    private const int Size = 20_000_000;
    private const long Mebibyte = 1 << 20;
    private readonly EntryAddress _address = Addresses.UniqueScope().Entry("statement:1");

    [Fact]
    public async Task Writing_takes_the_serialized_value_once_and_a_few_chunks()
    {
        using var process = CacheProcess.On(shared.Server, configure: options => options.LargeValues = LargeValues.Chunk);
        await process.Sealed.WriteAsync(_address, Noise(1 << 20), new EntryWrite());
        using var pool = new RentedMemory();

        Assert.Equal(WriteOutcome.Stored, await process.Sealed.WriteAsync(_address, Noise(Size), new EntryWrite()));

        // The pool's arrays are powers of two: 32 MiB for the value; two for the chunks that are sealed, the rest for the connection's two queues.
        Assert.InRange(pool.Most, 32 * Mebibyte, 40 * Mebibyte);
        Assert.InRange(pool.Now, 0, 1 * Mebibyte);
    }

    [Fact]
    public async Task Reading_takes_the_value_once_in_blocks_and_a_few_chunks()
    {
        using var process = CacheProcess.On(shared.Server, configure: options => options.LargeValues = LargeValues.Chunk);
        await process.Sealed.WriteAsync(_address, Noise(Size), new EntryWrite());
        var destination = new ArrayBufferWriter<byte>(Size);
        using var pool = new RentedMemory();

        Assert.Equal(ReadOutcome.Hit, await process.Sealed.ReadAsync(_address, destination));

        Assert.InRange(pool.Most, Size, Size + (2 * Mebibyte));
        Assert.InRange(pool.Now, 0, 1 * Mebibyte);
        Assert.True(destination.WrittenSpan.SequenceEqual(Noise(Size)));
    }

    [Fact]
    public async Task A_read_that_finds_a_chunk_missing_gives_everything_back()
    {
        var store = new DictionaryStore();
        using var process = new CacheProcess(
            options => (options.Backend, options.LargeValues) = ("mine", LargeValues.Chunk),
            add: services => services.AddKeyedSingleton<ICacheStore>("mine", store));
        await process.Sealed.WriteAsync(_address, Noise(5_000_000), new EntryWrite());
        using var pool = new RentedMemory();

        foreach (var key in store.Items.Keys.Where(key => key.Contains("~k", StringComparison.Ordinal)))
        {
            Assert.True(store.Items.TryRemove(key, out var chunk));
            Assert.Equal(ReadOutcome.Unopenable, (await process.Sealed.ReadAsync<byte[]>(_address)).Outcome);
            store.Items[key] = chunk;
        }

        Assert.InRange(pool.Now, 0, Mebibyte / 10);
        Assert.InRange(pool.Most, Mebibyte, 6 * Mebibyte);
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }

    /// <summary>What is rented from the shared pool and not given back yet, and the most it was, as the pool itself tells.</summary>
    private sealed class RentedMemory : EventListener
    {
        private const int Rented = 1;
        private const int Returned = 3;

        private readonly Lock _lock = new();
        private readonly Dictionary<int, long> _out = [];

        public long Now { get; private set; }

        public long Most { get; private set; }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (string.Equals(eventSource.Name, "System.Buffers.ArrayPoolEventSource", StringComparison.Ordinal))
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventId is not (Rented or Returned))
            {
                return;
            }

            var (id, size) = ((int)eventData.Payload![0]!, (long)(int)eventData.Payload[1]!);
            lock (_lock)
            {
                if (eventData.EventId == Rented)
                {
                    _out[id] = size;
                    Now += size;
                    Most = Math.Max(Most, Now);
                }
                else if (_out.Remove(id, out var known))
                {
                    // What was rented before is not counted when it comes back.
                    Now -= known;
                }
            }
        }
    }
}
