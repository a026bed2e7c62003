using System.Buffers.Binary;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// What an entry seals in place of a payload that is too long for one item: where its chunks are, and what opens them. Integers little-endian; tag and compression in front of it
/// (<see cref="EnvelopeLayout"/>) are the whole payload's.
/// <code>
///  manifest:  16  id, random
///              8  length of the payload, at least 1
///              4  length of a part; the last one has what is left
///           [ 32] key of the chunks, random                         (encrypted)
///
///  chunk, encrypted: n  part, AES-256-GCM under the key of the chunks; nonce: index (4), then zeros
///                   16  authentication tag over id (16) · index (4) · count (4) · length of the payload (8) and part
///  chunk, plain:    16  first half of SHA-256 over id · index · count · length of the payload · part
///                    n  part
/// </code>
/// The key seals this payload alone and each index once, so that no nonce repeats.
/// </summary>
internal sealed record ChunkManifest(Guid Id, long Length, int PartLength, byte[]? Secret, ValueTag Tag, bool IsCompressed)
{
    /// <summary>How much longer a chunk is than the part in it.</summary>
    public const int Overhead = 16;

    private const int IdLength = 16;
    private const int PlainLength = IdLength + sizeof(long) + sizeof(int);

    // Far more than we write, so that a later version may.
    private const int LongestPart = 1 << 20;

    public int Count => (int)(((Length - 1) / PartLength) + 1);

    /// <summary>How long the part of a chunk is.</summary>
    public int LengthOf(int index) => (int)Math.Min(PartLength, Length - ((long)index * PartLength));

    public void Write(PooledBuffer destination)
    {
        var span = destination.GetSpan(PlainLength + DataKey.SecretLength);
        Id.TryWriteBytes(span);
        BinaryPrimitives.WriteInt64LittleEndian(span[IdLength..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(span[(IdLength + sizeof(long))..], PartLength);
        Secret?.CopyTo(span[PlainLength..]);
        destination.Advance(PlainLength + (Secret?.Length ?? 0));
    }

    /// <summary>Null when it is none, or of a payload above <paramref name="longest"/>.</summary>
    public static ChunkManifest? Read(ReadOnlySpan<byte> source, bool isEncrypted, ValueTag tag, bool isCompressed, long longest)
    {
        if (source.Length != PlainLength + (isEncrypted ? DataKey.SecretLength : 0))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt64LittleEndian(source[IdLength..]);
        var part = BinaryPrimitives.ReadInt32LittleEndian(source[(IdLength + sizeof(long))..]);
        if (length < 1 || length > longest || part is < 1 or > LongestPart || (length - 1) / part >= int.MaxValue)
        {
            return null;
        }

        return new ChunkManifest(new Guid(source[..IdLength]), length, part, isEncrypted ? source[PlainLength..].ToArray() : null, tag, isCompressed);
    }
}

/// <summary>A value's bytes that were too long to be sealed as they are.</summary>
/// <param name="Payload">The value, perhaps compressed.</param>
/// <param name="Tag">Its form.</param>
/// <param name="IsCompressed">Whether it is compressed.</param>
/// <param name="IsEncrypted">Whether it is to be encrypted.</param>
/// <param name="SealedLength">How long the whole would have been.</param>
internal readonly record struct UnsealedValue(ReadOnlyMemory<byte> Payload, ValueTag Tag, bool IsCompressed, bool IsEncrypted, long SealedLength);
