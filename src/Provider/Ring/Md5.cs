using System.Buffers.Binary;
using System.Numerics;

namespace ScopedCaching.Memcached.Ring;

/// <summary>
/// MD5, which spreads keys over servers here and protects nothing. The platform's own asks the operating system's cryptography, which costs several times as much for something as
/// short as a key, and refuses where only approved algorithms are allowed.
/// Source: RFC 1321, "The MD5 Message-Digest Algorithm".
/// </summary>
internal static class Md5
{
    public const int Length = 16;

    private const int Block = 64;
    private const int LengthField = sizeof(ulong);

    // RFC 1321, 3.4: floor(2^32 × |sin(i + 1)|), computed here once.
    private static readonly uint[] s_sines = [.. Enumerable.Range(1, 64).Select(static i => (uint)Math.Floor(Math.Abs(Math.Sin(i)) * 4294967296.0))];

    private static ReadOnlySpan<byte> Shifts => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// <summary>Writes the hash of <paramref name="source"/> to <paramref name="destination"/> (<see cref="Length"/> bytes).</summary>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Span<uint> state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        var rest = source;
        for (; rest.Length >= Block; rest = rest[Block..])
        {
            Mix(state, rest);
        }

        // RFC 1321, 3.1 and 3.2: a one, zeros, and the length in bits, to whole blocks.
        Span<byte> end = stackalloc byte[2 * Block];
        end.Clear();
        rest.CopyTo(end);
        end[rest.Length] = 0x80;
        end = end[..(rest.Length < Block - LengthField ? Block : 2 * Block)];
        BinaryPrimitives.WriteUInt64LittleEndian(end[^LengthField..], (ulong)source.Length * 8);
        for (ReadOnlySpan<byte> block = end; block.Length > 0; block = block[Block..])
        {
            Mix(state, block);
        }

        for (var i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * sizeof(uint))..], state[i]);
        }
    }

    private static void Mix(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[Block / sizeof(uint)];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * sizeof(uint))..]);
        }

        var sines = s_sines;
        var shifts = Shifts;
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var i = 0; i < 64; i++)
        {
            var (mixed, word) = (i >> 4) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((b & d) | (c & ~d), (5 * i) + 1),
                2 => (b ^ c ^ d, (3 * i) + 5),
                _ => (c ^ (b | ~d), 7 * i),
            };
            var sum = a + mixed + sines[i] + words[word & 15];
            (a, d, c, b) = (d, c, b, b + BitOperations.RotateLeft(sum, shifts[((i >> 4) << 2) | (i & 3)]));
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }
}
