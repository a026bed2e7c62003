using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Provider.Tests.Faults;

/// <summary>A value that tells whose it is: key, version, as many bytes as were asked for, and a digest over all of it. Any other bytes do not read.</summary>
internal static class CheckedValue
{
    private const int Digest = 16;

    // The key's length, the version, the key.
    private const int Head = 8;

    // Looks like replies and their ends.
    private static ReadOnlySpan<byte> Filler => "\r\nVA 2 O1\r\nHD O2\r\nEN"u8;

    /// <summary>The value of a key's version. The same every time.</summary>
    public static byte[] Make(string key, int version, int size)
    {
        var value = new byte[Math.Max(size, Head + Encoding.UTF8.GetByteCount(key) + Digest)];
        var length = Encoding.UTF8.GetBytes(key, value.AsSpan(Head));
        BinaryPrimitives.WriteInt32LittleEndian(value, length);
        BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(4), version);

        var filler = value.AsSpan((Head + length)..^Digest);
        for (var i = 0; i < filler.Length; i++)
        {
            filler[i] = (byte)(Filler[(i + version) % Filler.Length] ^ (i % 64 == 63 ? version : 0));
        }

        DigestOf(value, value.AsSpan(^Digest..));
        return value;
    }

    /// <summary>False: these bytes were never made here, or were damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out string key, out int version)
    {
        (key, version) = ("", 0);
        if (value.Length < Head + Digest)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[Digest];
        DigestOf(value, digest);
        var length = BinaryPrimitives.ReadInt32LittleEndian(value);
        if (!digest.SequenceEqual(value[^Digest..]) || length < 0 || length > value.Length - Head - Digest)
        {
            return false;
        }

        key = Encoding.UTF8.GetString(value.Slice(Head, length));
        version = BinaryPrimitives.ReadInt32LittleEndian(value[4..]);
        return true;
    }

    private static void DigestOf(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(value[..^Digest], hash);
        hash[..Digest].CopyTo(destination);
    }
}
