namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// Numbers as the C library reads them, because memcached's replies to odd ones follow from that: blanks and a sign in
/// front, an end at the first blank, wider values cut to the narrower type.
/// </summary>
internal static class CNumber
{
    /// <summary>A signed 64-bit number, cut to 32 bits.</summary>
    public static bool TryParseInt(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        if (!TryParseMagnitude(text, out var magnitude, out var isNegative)
            || magnitude > (isNegative ? 1UL << 63 : (1UL << 63) - 1))
        {
            return false;
        }

        value = unchecked((int)(isNegative ? 0 - magnitude : magnitude));
        return true;
    }

    /// <summary>An unsigned 64-bit number. A negative one is refused, unless it wraps to a small positive one.</summary>
    public static bool TryParseUnsigned(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (!TryParseMagnitude(text, out var magnitude, out var isNegative))
        {
            return false;
        }

        var wrapped = unchecked(isNegative ? 0 - magnitude : magnitude);
        if ((long)wrapped < 0 && text.Contains((byte)'-'))
        {
            return false;
        }

        value = wrapped;
        return true;
    }

    /// <summary>An unsigned 64-bit number, cut to 32 bits.</summary>
    public static bool TryParseUInt(ReadOnlySpan<byte> text, out uint value)
    {
        var parsed = TryParseUnsigned(text, out var wide);
        value = unchecked((uint)wide);
        return parsed;
    }

    private static bool TryParseMagnitude(ReadOnlySpan<byte> text, out ulong magnitude, out bool isNegative)
    {
        magnitude = 0;
        isNegative = false;
        var at = 0;
        while (at < text.Length && IsBlank(text[at]))
        {
            at++;
        }

        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
        {
            isNegative = text[at] == (byte)'-';
            at++;
        }

        var firstDigit = at;
        while (at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9')
        {
            var digit = (ulong)(text[at] - '0');
            if (magnitude > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            magnitude = (magnitude * 10) + digit;
            at++;
        }

        return at > firstDigit && (at == text.Length || IsBlank(text[at]));
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (>= 9 and <= 13);
}
