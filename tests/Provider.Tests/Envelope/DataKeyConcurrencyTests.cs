using System.Collections.Concurrent;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class DataKeyConcurrencyTests
{
    private const int Threads = 8;
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Fact]
    public void Eight_threads_on_one_data_key_repeat_no_nonce_and_no_keystream_and_read_no_wrong_plaintext()
    {
        using var process = new Process();
        var format = new EntryFormat { Compress = false };
        var nonces = new ConcurrentDictionary<UInt128, byte>();
        var keystreams = new ConcurrentDictionary<UInt128, byte>();
        var wrong = 0;
        OnThreads(thread =>
        {
            // All plaintexts share their first bytes, so a keystream used twice would show as the same ciphertext.
            var value = new byte[64];
            value[^1] = (byte)thread;
            using var buffer = new PooledBuffer();
            using var scratch = new PooledBuffer();
            for (var i = 0; i < 20_000; i++)
            {
                buffer.Clear();
                process.Codec.Seal(s_address, value, default, format, buffer);
                var body = buffer.WrittenSpan[^(64 + 2 + 16)..];
                var nonce = buffer.WrittenSpan[^(64 + 2 + 16 + 12)..][..12];
                if (!nonces.TryAdd(new UInt128(BitConverter.ToUInt32(nonce[8..]), BitConverter.ToUInt64(nonce)), 0) ||
                    !keystreams.TryAdd(new UInt128(BitConverter.ToUInt64(body[8..]), BitConverter.ToUInt64(body)), 0) ||
                    process.Codec.Open(s_address, buffer.WrittenMemory, format, default, scratch, out var opened) != OpenOutcome.Opened ||
                    !opened.Payload.Span.SequenceEqual(value))
                {
                    Interlocked.Increment(ref wrong);
                    return;
                }
            }
        });

        Assert.Equal(0, wrong);
        Assert.Equal(Threads * 20_000, nonces.Count);
    }

    [Fact]
    public void Keys_dropped_and_replaced_under_load_never_give_a_wrong_value()
    {
        using var process = new Process(limits: new DataKeyLimits { Capacity = 2, Messages = 50 });
        var wrong = 0;
        OnThreads(thread =>
        {
            using var buffer = new PooledBuffer();
            using var scratch = new PooledBuffer();
            for (var i = 0; i < 5_000; i++)
            {
                var address = new EntryScope("app", "stack", $"customer {(thread + i) % 5}", "x").Entry("k");
                buffer.Clear();
                process.Codec.Seal(address, i, default, EntryFormat.Default, buffer);
                if (process.Codec.Open(address, buffer.WrittenMemory, EntryFormat.Default, default, scratch, out var opened) != OpenOutcome.Opened ||
                    !process.Codec.TryRead<int>(opened, EntryFormat.Default, out var read) || read != i)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        });

        Assert.Equal(0, wrong);
    }

    private static void OnThreads(Action<int> work)
    {
        // An exception that left a thread would end the test run without saying which test it was.
        var errors = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            try
            {
                work(thread);
            }
            catch (Exception exception)
            {
                errors.Enqueue(exception);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(errors);
    }
}
