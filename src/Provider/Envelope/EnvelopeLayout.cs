using System.Buffers.Binary;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Where everything stands in a sealed entry. Integers little-endian; new revisions are added, old ones never change.</summary>
/// <remarks>
/// <code>
///  header      1  revision: the first that knows all of the flags
///              1  flags: 1 encrypted · 2 deadline · 4 sliding · 8 generations; since revision 2: 16 fresh until · 32 tags;
///                 since revision 3: 64 manifest; the other is 0
///             [8] absolute deadline, Unix time in milliseconds     (flag 2)
///             [4] sliding window in seconds                        (flag 4)
///             [1] number of generation ids, then 16 bytes each     (flag 8)
///             [8] fresh until, Unix time in milliseconds           (flag 16)
///             [2] length of the wrapped data key, then its bytes   (flag 1)
///
///  encrypted: 12  nonce                                  plain:  16  first half of SHA-256 over header · address · inner
///              n  inner, AES-256-GCM                              n  inner
///             16  authentication tag over header · address and inner
///
///  inner:      1  value tag
///              1  compression of the payload: 0 none · 1 Brotli
///             [2] length of the tags, then their bytes             (flag 32)
///              …  payload; of a manifest what tells where the payload is (<see cref="ChunkManifest"/>)
/// </code>
/// The address is the entry's canonical one and is not stored. Header and address both tell their own length, so that no
/// other pair of them gives the same bytes.
/// </remarks>
internal static class EnvelopeLayout
{
    public const byte Revision = 3;
    public const int GenerationIdLength = 16;
    public const int NonceLength = 12;
    public const int TagLength = 16;
    public const int DigestLength = 16;
    public const int InnerHeaderLength = 2;
    public const byte NotCompressed = 0;
    public const byte Brotli = 1;

    private const int MaxGenerations = byte.MaxValue;
    private static readonly long s_lastMoment = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long s_firstMoment = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        Encrypted = 1,
        Deadline = 2,
        Sliding = 4,
        Generations = 8,
        KnownSince1 = Encrypted | Deadline | Sliding | Generations,
        FreshUntil = 16,
        Tags = 32,
        KnownSince2 = KnownSince1 | FreshUntil | Tags,
        Manifest = 64,
        KnownSince3 = KnownSince2 | Manifest,
    }

    /// <summary>Writes a header; an empty <paramref name="wrappedKey"/> makes it the header of a plain envelope.</summary>
    public static void WriteHeader(in EnvelopeTerms terms, ReadOnlySpan<byte> wrappedKey, PooledBuffer destination)
    {
        var (generations, remainder) = Math.DivRem(terms.Generations.Length, GenerationIdLength);
        if (remainder != 0 || generations > MaxGenerations)
        {
            throw new ArgumentException($"Generation ids are {GenerationIdLength} bytes each, and at most {MaxGenerations}.", nameof(terms));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(wrappedKey.Length, ushort.MaxValue, nameof(wrappedKey));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(terms.Tags.Length, ushort.MaxValue, nameof(terms));
        var span = destination.GetSpan(1 + 1 + 8 + 4 + 1 + terms.Generations.Length + 8 + 2 + wrappedKey.Length);
        var parts = Parts.None;
        var at = 2;
        if (terms.Deadline is { } deadline)
        {
            parts |= Parts.Deadline;
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], deadline.ToUnixTimeMilliseconds());
            at += sizeof(long);
        }

        if (terms.Sliding is { } sliding)
        {
            parts |= Parts.Sliding;
            BinaryPrimitives.WriteUInt32LittleEndian(span[at..], WholeSeconds(sliding));
            at += sizeof(uint);
        }

        if (generations > 0)
        {
            parts |= Parts.Generations;
            span[at++] = (byte)generations;
            terms.Generations.Span.CopyTo(span[at..]);
            at += terms.Generations.Length;
        }

        if (terms.FreshUntil is { } freshUntil)
        {
            parts |= Parts.FreshUntil;
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], freshUntil.ToUnixTimeMilliseconds());
            at += sizeof(long);
        }

        parts |= (terms.Tags.Length > 0 ? Parts.Tags : Parts.None) | (terms.IsManifest ? Parts.Manifest : Parts.None);
        if (wrappedKey.Length > 0)
        {
            parts |= Parts.Encrypted;
            BinaryPrimitives.WriteUInt16LittleEndian(span[at..], (ushort)wrappedKey.Length);
            at += sizeof(ushort);
            wrappedKey.CopyTo(span[at..]);
            at += wrappedKey.Length;
        }

        (span[0], span[1]) = ((parts & ~Parts.KnownSince1) == Parts.None ? (byte)1 : (parts & ~Parts.KnownSince2) == Parts.None ? (byte)2 : Revision, (byte)parts);
        destination.Advance(at);
    }

    /// <summary>Finds everything in a sealed entry. Nothing of it is authentic yet.</summary>
    public static OpenOutcome TryReadHeader(ReadOnlySpan<byte> envelope, out EnvelopeHeader header)
    {
        header = default;
        if (envelope.Length < 2 || envelope[0] == 0)
        {
            return OpenOutcome.Malformed;
        }

        if (envelope[0] > Revision)
        {
            return OpenOutcome.NewerRevision;
        }

        var parts = (Parts)envelope[1];
        var reader = new Reader(envelope, 2);
        if ((parts & ~(envelope[0] == 1 ? Parts.KnownSince1 : envelope[0] == 2 ? Parts.KnownSince2 : Parts.KnownSince3)) != Parts.None)
        {
            return OpenOutcome.Malformed;
        }

        header.Deadline = Has(parts, Parts.Deadline) ? reader.TakeMoment() : null;
        header.Sliding = Has(parts, Parts.Sliding) ? TimeSpan.FromSeconds(reader.TakeUInt32()) : null;
        header.Generations = Has(parts, Parts.Generations) ? reader.TakeRange(reader.TakeByte() * GenerationIdLength) : default;
        header.FreshUntil = Has(parts, Parts.FreshUntil) ? reader.TakeMoment() : null;
        header.HasTags = Has(parts, Parts.Tags);
        header.IsManifest = Has(parts, Parts.Manifest);
        header.IsEncrypted = Has(parts, Parts.Encrypted);
        header.WrappedKey = header.IsEncrypted ? reader.TakeRange(reader.TakeUInt16()) : default;
        header.Length = reader.At;
        var overhead = header.IsEncrypted ? NonceLength + TagLength : DigestLength;
        return reader.Failed || envelope.Length - reader.At < overhead + InnerHeaderLength ? OpenOutcome.Malformed : OpenOutcome.Opened;
    }

    /// <summary>Whether sealed bytes say of themselves that their value stands in chunks. Not authentic yet.</summary>
    public static bool IsManifest(ReadOnlySpan<byte> envelope) => envelope.Length > 1 && envelope[0] == Revision && Has((Parts)envelope[1], Parts.Manifest);

    private static bool Has(Parts parts, Parts part) => (parts & part) != Parts.None;

    private static uint WholeSeconds(TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window.Ticks, 0, nameof(window));
        return (uint)Math.Min(uint.MaxValue, ((window.Ticks - 1) / TimeSpan.TicksPerSecond) + 1);
    }

    /// <summary>Takes field after field; once one is missing, all that follow are.</summary>
    private ref struct Reader(ReadOnlySpan<byte> envelope, int at)
    {
        private readonly ReadOnlySpan<byte> _envelope = envelope;

        public int At { get; private set; } = at;

        public bool Failed { get; private set; }

        public byte TakeByte()
        {
            var field = Take(sizeof(byte));
            return field.IsEmpty ? default : field[0];
        }

        public ushort TakeUInt16()
        {
            var field = Take(sizeof(ushort));
            return field.IsEmpty ? default : BinaryPrimitives.ReadUInt16LittleEndian(field);
        }

        public uint TakeUInt32()
        {
            var field = Take(sizeof(uint));
            return field.IsEmpty ? default : BinaryPrimitives.ReadUInt32LittleEndian(field);
        }

        public Range TakeRange(int length)
        {
            if (Failed || _envelope.Length - At < length)
            {
                Failed = true;
                return default(Index)..default(Index);
            }

            var start = At;
            At += length;
            return start..At;
        }

        public DateTimeOffset? TakeMoment()
        {
            var field = Take(sizeof(long));
            if (field.IsEmpty)
            {
                return null;
            }

            var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(field);
            Failed = milliseconds < s_firstMoment || milliseconds > s_lastMoment;
            return Failed ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        /// <summary>Empty when there are not so many bytes left.</summary>
        private ReadOnlySpan<byte> Take(int length) => _envelope[TakeRange(length)];
    }
}

/// <summary>Where the parts of one envelope stand.</summary>
internal struct EnvelopeHeader
{
    /// <summary>How many bytes the header takes.</summary>
    public int Length;

    public bool IsEncrypted;

    public DateTimeOffset? Deadline;

    public TimeSpan? Sliding;

    public DateTimeOffset? FreshUntil;

    public bool HasTags;

    public bool IsManifest;

    public Range Generations;

    public Range WrappedKey;
}
