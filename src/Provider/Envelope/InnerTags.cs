using System.Buffers.Binary;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>The tags in front of a payload; see <see cref="EnvelopeLayout"/>.</summary>
internal static class InnerTags
{
    public static void Write(ReadOnlySpan<byte> tags, PooledBuffer destination)
    {
        if (tags.Length > 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(destination.GetSpan(sizeof(ushort)), (ushort)tags.Length);
            destination.Advance(sizeof(ushort));
            destination.Write(tags);
        }
    }

    /// <summary>Takes the tags off, where the header says that there are any; false when they are cut short.</summary>
    public static bool TryTake(ref ReadOnlyMemory<byte> payload, bool hasTags, out ReadOnlyMemory<byte> tags)
    {
        tags = default;
        if (!hasTags)
        {
            return true;
        }

        if (payload.Length < sizeof(ushort))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(payload.Span);
        payload = payload[sizeof(ushort)..];
        if (payload.Length < length)
        {
            return false;
        }

        (tags, payload) = (payload[..length], payload[length..]);
        return true;
    }
}
