using System.Buffers.Binary;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>How a payload is cut, and which manifests are none.</summary>
public sealed class ChunkManifestTests
{
    [Theory]
    [InlineData(1, 4, 1, 1)]
    [InlineData(4, 4, 1, 4)]
    [InlineData(5, 4, 2, 1)]
    [InlineData(8, 4, 2, 4)]
    [InlineData(9, 4, 3, 1)]
    [InlineData(10L * (1 << 30), 1 << 20, 10_240, 1 << 20)]
    [InlineData((10L * (1 << 30)) + 3, 1 << 20, 10_241, 3)]
    public void The_last_part_has_what_is_left(long length, int part, int count, int last)
    {
        var manifest = new ChunkManifest(Guid.Empty, length, part, Secret: null, ValueTag.Bytes, IsCompressed: false);

        Assert.Equal(count, manifest.Count);
        Assert.Equal(last, manifest.LengthOf(count - 1));
        Assert.Equal(count == 1 ? last : part, manifest.LengthOf(0));
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(0, 1, false)]
    [InlineData(-1, 1, false)]
    [InlineData(long.MinValue, 1, false)]
    [InlineData(1000, 10, true)]
    [InlineData(1001, 10, false)]
    [InlineData(1000, 0, false)]
    [InlineData(1000, -1, false)]
    [InlineData(1000, 1 << 20, true)]
    [InlineData(1000, (1 << 20) + 1, false)]
    [InlineData(1000, int.MaxValue, false)]
    public void A_length_or_a_part_beyond_the_limits_is_no_manifest(long length, int part, bool isOne) =>
        Assert.Equal(isOne, Read(Bytes(length, part), isEncrypted: false, longest: 1000) is not null);

    [Theory]
    [InlineData(int.MaxValue, true)]
    [InlineData(int.MaxValue + 1L, false)]
    [InlineData(long.MaxValue, false)]
    public void More_parts_than_can_be_counted_are_no_manifest(long length, bool isOne) =>
        Assert.Equal(isOne, Read(Bytes(length, part: 1), isEncrypted: false, long.MaxValue) is not null);

    [Theory]
    [InlineData(false, 28)]
    [InlineData(true, 60)]
    public void It_is_as_long_as_it_must_be(bool isEncrypted, int whole)
    {
        for (var length = 0; length < 100; length++)
        {
            byte[] bytes = [.. Bytes(5, 4), .. new byte[100]];
            Assert.Equal(length == whole, Read(bytes.AsSpan(0, length), isEncrypted, longest: 1000) is not null);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read(bool isEncrypted)
    {
        byte[]? secret = isEncrypted ? [.. Enumerable.Range(1, 32).Select(i => (byte)i)] : null;
        var written = new ChunkManifest(Guid.NewGuid(), 0x0102030405, 0x060708, secret, ValueTag.Json, IsCompressed: true);
        using var buffer = new PooledBuffer();
        written.Write(buffer);

        var read = ChunkManifest.Read(buffer.WrittenSpan, isEncrypted, ValueTag.Json, isCompressed: true, long.MaxValue);

        Assert.NotNull(read);
        Assert.Equal(written with { Secret = null }, read with { Secret = null });
        Assert.Equal(secret, read.Secret);
    }

    [Fact]
    public void It_takes_the_room_it_needs_whatever_the_buffer_has()
    {
        var manifest = new ChunkManifest(Guid.Empty, 5, 5, new byte[32], ValueTag.Bytes, IsCompressed: false);
        for (var before = 0; before < 200; before++)
        {
            using var buffer = new PooledBuffer();
            buffer.Write(new byte[before]);
            manifest.Write(buffer);
            Assert.Equal(before + 60, buffer.Length);
        }
    }

    [Fact]
    public void Disposing_zeroes_the_key_of_the_chunks()
    {
        var manifest = new ChunkManifest(Guid.Empty, 5, 5, [.. Enumerable.Repeat((byte)7, 32)], ValueTag.Bytes, IsCompressed: false);
        var cipher = new ChunkCipher(manifest);
        cipher.Dispose();

        Assert.Equal(new byte[32], manifest.Secret);
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(0, new byte[5], new byte[21]));
    }

    private static byte[] Bytes(long length, int part)
    {
        var bytes = new byte[28];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), part);
        return bytes;
    }

    private static ChunkManifest? Read(ReadOnlySpan<byte> bytes, bool isEncrypted, long longest) =>
        ChunkManifest.Read(bytes, isEncrypted, ValueTag.Bytes, isCompressed: false, longest);
}
