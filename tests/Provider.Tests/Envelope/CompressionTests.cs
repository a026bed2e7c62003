using System.IO.Compression;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class CompressionTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void From_the_threshold_on_a_value_is_compressed(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        var below = process.Seal(s_address, new byte[1023], format).Length;
        var above = process.Seal(s_address, new byte[1024], format).Length;
        Assert.InRange(below, 1024, 2000);
        Assert.InRange(above, 1, 500);
    }

    [Fact]
    public void Compression_can_be_switched_off()
    {
        using var process = new Process();
        Assert.InRange(process.Seal(s_address, new byte[5000], new EntryFormat { Compress = false }).Length, 5000, 6000);
    }

    [Fact]
    public void What_does_not_become_smaller_stays_as_it_is()
    {
        using var process = new Process();
        var noise = new byte[5000];
        new Random(3).NextBytes(noise);
        var plain = process.Seal(s_address, noise, Process.Plain);
        Assert.Equal(process.Seal(s_address, noise, Process.Plain with { Compress = false }), plain);
        process.Open<byte[]>(s_address, plain, out var read, Process.Plain);
        Assert.Equal(noise, read);
    }

    [Theory]
    [InlineData(1_024)]
    [InlineData(100_000)]
    [InlineData(20_000_000)]
    [InlineData(Compressor.MaxInflated)]
    public void Even_what_compresses_extremely_well_comes_back(int length)
    {
        using var process = new Process();
        Assert.Equal(OpenOutcome.Opened, process.Open<byte[]>(s_address, process.Seal(s_address, new byte[length]), out var read));
        Assert.Equal(length, read!.Length);
        Assert.Equal(-1, read.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_bomb_inflates_to_no_more_than_1024_times_its_size()
    {
        var bomb = Brotli(new byte[100 << 20]);
        using var destination = new PooledBuffer();
        Assert.False(Compressor.TryInflate(bomb, destination));
        Assert.InRange(destination.Length, 0, bomb.Length * Compressor.MaxRatio);
    }

    [Fact]
    public void A_bomb_that_is_large_itself_inflates_to_no_more_than_64_MiB()
    {
        byte[] padded = [.. Brotli(new byte[100 << 20]), .. new byte[200_000]];
        using var destination = new PooledBuffer();
        Assert.False(Compressor.TryInflate(padded, destination));
        Assert.InRange(destination.Length, 0, Compressor.MaxInflated);
    }

    [Fact]
    public void A_bomb_in_a_forged_plain_entry_is_malformed()
    {
        using var process = new Process();
        using var buffer = new PooledBuffer();
        EnvelopeLayout.WriteHeader(default, wrappedKey: default, buffer);
        byte[] inner = [(byte)ValueTag.Bytes, EnvelopeLayout.Brotli, .. Brotli(new byte[10 << 20])];
        var digest = new byte[EnvelopeLayout.DigestLength];
        using var associated = new AssociatedData(new byte[1024], buffer.WrittenSpan, s_address);
        PlainDigest.Write(associated.Bytes, inner, digest);
        buffer.Write(digest);
        buffer.Write(inner);
        Assert.Equal(OpenOutcome.Malformed, process.Open(s_address, buffer.WrittenMemory, Process.Plain));
    }

    [Fact]
    public void Every_cut_of_a_compressed_value_fails_to_inflate()
    {
        var compressed = Brotli([.. Enumerable.Range(0, 3000).Select(i => (byte)(i * i % 11))]);
        for (var length = 0; length < compressed.Length; length++)
        {
            using var destination = new PooledBuffer();
            Assert.False(Compressor.TryInflate(compressed.AsSpan(0, length), destination));
        }
    }

    private static byte[] Brotli(byte[] value)
    {
        using var memory = new MemoryStream();
        using (var stream = new BrotliStream(memory, CompressionLevel.Optimal))
        {
            stream.Write(value);
        }

        return memory.ToArray();
    }
}
