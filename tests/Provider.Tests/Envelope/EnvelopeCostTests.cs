using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class EnvelopeCostTests
{
#if DEBUG
    private const int Allowed = 40; // Unoptimized code boxes the value once to compare it with null.
#else
    private const int Allowed = 8;
#endif
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sealing_and_opening_bytes_allocate_nothing(bool encrypt)
    {
        using var process = new Process();
        using var buffer = new PooledBuffer(4096);
        using var scratch = new PooledBuffer(4096);
        var format = new EntryFormat { Encrypt = encrypt };
        var terms = new EnvelopeTerms(process.Clock.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(1));
        ReadOnlyMemory<byte> value = new byte[1000];
        long before = 0;
        for (var i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            buffer.Clear();
            process.Codec.Seal(s_address, value, terms, format, buffer);
            process.Codec.Open(s_address, buffer.WrittenMemory, format, process.Clock.GetUtcNow(), scratch, out _);
        }

        // A thread that moves to another processor finds an empty slot there and makes a cipher: a few, not one a call.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1_000, 0, Allowed);
    }
}
