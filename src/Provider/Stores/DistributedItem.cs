using System.Buffers.Binary;

namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// How an item stands in another vendor's cache, which keeps bytes and nothing beside them. Revision 1; new revisions are added, old ones never change.
/// <code>
///   1  revision (1)
///   4  flags, little-endian
///   n  value
/// </code>
/// Anything else is somebody else's, and no item.
/// </summary>
internal static class DistributedItem
{
    public const int HeaderLength = 1 + sizeof(uint);

    private const byte Revision = 1;

    /// <summary>An array of its own: an in-memory cache keeps the very one it is given.</summary>
    public static byte[] Write(in StoreWrite write)
    {
        var bytes = new byte[HeaderLength + write.Value.Length];
        bytes[0] = Revision;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), write.Flags);
        write.Value.Span.CopyTo(bytes.AsSpan(HeaderLength));
        return bytes;
    }

    /// <summary>The item, without a version or a remaining life, which nobody knows; not found when the bytes are none, or no item.</summary>
    public static StoredItem Read(byte[]? bytes, bool withValue)
    {
        if (bytes is null || bytes.Length < HeaderLength || bytes[0] != Revision)
        {
            return default;
        }

        var value = withValue ? bytes.AsMemory(HeaderLength) : default;
        return new StoredItem(value, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1)), version: 0, remaining: null);
    }
}
