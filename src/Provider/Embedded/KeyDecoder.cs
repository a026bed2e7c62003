namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// Base64 as memcached reads it in keys, more lenient than the platform's decoder: bytes outside the alphabet are
/// skipped, and the first padded group is the last.
/// </summary>
internal static class KeyDecoder
{
    private const int Skipped = -1;

    /// <summary>Decodes; <paramref name="decoded"/> has room for three bytes for every four.</summary>
    /// <returns>The number of bytes, or 0 where the text is not base64.</returns>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> decoded)
    {
        var digits = 0;
        foreach (var octet in text)
        {
            digits += ValueOf(octet) == Skipped ? 0 : 1;
        }

        return digits == 0 || digits % 4 != 0 ? 0 : DecodeGroups(text, decoded);
    }

    private static int DecodeGroups(ReadOnlySpan<byte> text, Span<byte> decoded)
    {
        var (written, inGroup, group, padding) = (0, 0, 0, 0);
        foreach (var octet in text)
        {
            var value = ValueOf(octet);
            if (value == Skipped)
            {
                continue;
            }

            padding += octet == (byte)'=' ? 1 : 0;
            group = (group << 6) | value;
            if (++inGroup < 4)
            {
                continue;
            }

            decoded[written++] = (byte)(group >> 16);
            decoded[written++] = (byte)(group >> 8);
            decoded[written++] = (byte)group;
            (inGroup, group) = (0, 0);
            if (padding > 0)
            {
                return padding > 2 ? 0 : written - padding;
            }
        }

        return written;
    }

    private static int ValueOf(byte octet) => octet switch
    {
        >= (byte)'A' and <= (byte)'Z' => octet - 'A',
        >= (byte)'a' and <= (byte)'z' => octet - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => octet - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        (byte)'=' => 0,
        _ => Skipped,
    };
}
