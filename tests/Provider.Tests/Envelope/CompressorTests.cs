using System.Buffers;
using System.IO.Compression;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>What is compressed, what is not worth it, and what inflates: short values in one piece, long ones in blocks.</summary>
public sealed class CompressorTests
{
    private const int Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(Mebibyte)]
    [InlineData(Mebibyte + 1)]
    [InlineData((3 * Mebibyte) + 5)]
    public void What_stands_before_the_value_stays_and_what_does_not_get_smaller_too(int length)
    {
        using var buffer = new PooledBuffer();
        var noise = Noise(length);
        buffer.Write([1, 2, 3]);
        buffer.Write(noise);

        Assert.False(Compressor.TryCompress(buffer, 3));
        Assert.Equal((byte[])[1, 2, 3, .. noise], buffer.WrittenSpan);
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(Mebibyte)]
    [InlineData(Mebibyte + 1)]
    [InlineData(2 * Mebibyte)]
    [InlineData((3 * Mebibyte) + 5)]
    public void What_gets_smaller_comes_back_in_one_piece_and_in_blocks(int length)
    {
        var value = Text(length);
        using var buffer = new PooledBuffer();
        buffer.Write([1, 2, 3]);
        buffer.Write(value);

        Assert.True(Compressor.TryCompress(buffer, 3));
        Assert.InRange(buffer.Length, 4, length / 2);
        Assert.Equal((byte[])[1, 2, 3], buffer.WrittenSpan[..3]);
        using var whole = new PooledBuffer();
        whole.Write([9]);
        Assert.True(Compressor.TryInflate(buffer.WrittenSpan[3..], whole));
        Assert.Equal((byte[])[9, .. value], whole.WrittenSpan);
        using var blocks = new PooledSequence(1000);
        Assert.True(Compressor.TryInflate(Sequence(buffer.WrittenSpan[3..]), blocks));
        Assert.Equal(value, blocks.ToSequence().ToArray());
    }

    [Fact]
    public void Nothing_and_what_no_reader_would_inflate_is_not_compressed()
    {
        using var buffer = new PooledBuffer();
        buffer.Write([1, 2, 3]);
        Assert.False(Compressor.TryCompress(buffer, 3));

        var rest = Compressor.MaxInflated + 1;
        buffer.GetSpan(rest)[..rest].Clear();
        buffer.Advance(rest);
        Assert.False(Compressor.TryCompress(buffer, 3));
        Assert.Equal(3 + rest, buffer.Length);
    }

    [Theory]
    [InlineData(Mebibyte)]
    [InlineData(Mebibyte + 1)]
    [InlineData(5 * Mebibyte)]
    [InlineData(Compressor.MaxInflated)]
    public void What_compresses_extremely_well_is_padded_to_what_a_reader_takes_and_no_further(int length)
    {
        using var buffer = new PooledBuffer();
        buffer.GetSpan(length)[..length].Clear();
        buffer.Advance(length);

        Assert.True(Compressor.TryCompress(buffer, 0));
        Assert.Equal((length + Compressor.MaxRatio - 1) / Compressor.MaxRatio, buffer.Length);
    }

    [Theory]
    [InlineData(Mebibyte)]
    [InlineData(3 * Mebibyte)]
    public void The_padding_is_empty_and_not_what_the_memory_held_before(int length)
    {
        var used = ArrayPool<byte>.Shared.Rent(length);
        used.AsSpan().Fill(0xEE);
        using var buffer = new PooledBuffer();
        buffer.GetSpan(length)[..length].Fill((byte)'a');
        buffer.Advance(length);

        // What is rented next is what was used.
        ArrayPool<byte>.Shared.Return(used);

        Assert.True(Compressor.TryCompress(buffer, 0));
        Assert.Equal(length / Compressor.MaxRatio, buffer.Length);
        Assert.Equal(-1, buffer.WrittenSpan[^800..].IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Memory_is_taken_for_what_comes_and_not_for_what_could()
    {
        // By its stored length it could inflate to 64 MiB.
        byte[] stored = [.. Brotli(Text(500))];
        Array.Resize(ref stored, 70_000);
        using var destination = new PooledBuffer();

        Assert.True(Compressor.TryInflate(stored, destination));
        Assert.InRange(destination.Length + destination.GetSpan().Length, 500, 2 * Mebibyte);
    }

    [Fact]
    public void A_long_value_is_judged_by_its_first_mebibyte()
    {
        Assert.False(Compresses([.. Noise(Mebibyte), .. new byte[2 * Mebibyte]]));
        Assert.True(Compresses([.. new byte[2 * Mebibyte], .. Noise(Mebibyte)]));

        // A fifth of it less is worth it, a fiftieth is not.
        Assert.True(Compresses([.. Noise(Mebibyte * 4 / 5), .. new byte[Mebibyte / 5], .. new byte[Mebibyte]]));
        Assert.False(Compresses([.. Noise(Mebibyte * 49 / 50), .. new byte[Mebibyte / 50], .. new byte[Mebibyte]]));

        static bool Compresses(byte[] value)
        {
            using var buffer = new PooledBuffer();
            buffer.Write(value);
            return Compressor.TryCompress(buffer, 0);
        }
    }

    [Fact]
    public void Just_as_much_as_allowed_inflates_and_not_a_byte_more()
    {
        // Brotli of so many zeros takes few bytes; what follows its end is ignored, and raises the limit.
        foreach (var (length, stored, inflates) in new[] { (1024 * 1000, 1000, true), ((1024 * 1000) + 1, 1000, false), (Compressor.MaxInflated, 70_000, true), (Compressor.MaxInflated + 1, 70_000, false) })
        {
            byte[] bomb = [.. Brotli(new byte[length])];
            Array.Resize(ref bomb, stored);
            using var whole = new PooledBuffer();
            Assert.Equal(inflates, Compressor.TryInflate(bomb, whole));
            using var blocks = new PooledSequence(100_000);
            Assert.Equal(inflates, Compressor.TryInflate(Sequence(bomb), blocks));
            Assert.Equal(inflates, blocks.Length == length);
        }
    }

    [Fact]
    public void What_is_cut_short_or_is_no_Brotli_does_not_inflate()
    {
        var compressed = Brotli(Text(20_000));
        for (var length = 0; length < compressed.Length; length += 1 + (length / 7))
        {
            using var blocks = new PooledSequence(1000);
            Assert.False(Compressor.TryInflate(Sequence(compressed.AsSpan(0, length)), blocks));
        }

        using var nonsense = new PooledSequence(1000);
        Assert.False(Compressor.TryInflate(Sequence(Noise(5_000)), nonsense));
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(5).NextBytes(noise);
        return noise;
    }

    private static byte[] Text(int length)
    {
        var random = new Random(6);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)('a' + random.Next(3)))];
    }

    private static PooledSequence Sequence(ReadOnlySpan<byte> bytes)
    {
        var sequence = new PooledSequence(700);
        while (bytes.Length > 0)
        {
            var count = Math.Min(700, bytes.Length);
            bytes[..count].CopyTo(sequence.GetSpan(count));
            sequence.Advance(count);
            bytes = bytes[count..];
        }

        return sequence;
    }

    private static byte[] Brotli(byte[] value)
    {
        using var memory = new MemoryStream();
        using (var stream = new BrotliStream(memory, CompressionLevel.Fastest))
        {
            stream.Write(value);
        }

        return memory.ToArray();
    }
}
