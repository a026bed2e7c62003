using System.Buffers.Text;
using System.Text;

namespace ScopedCaching.Memcached.Client;

/// <summary>
/// A key as it goes over the wire. Printable ASCII goes as it is, anything else as base64 with the flag <c>b</c>, so that
/// nothing in a key can end its line or become a command. What memcached would not take is refused here: after a key that is
/// too long it takes the value for commands.
/// Source: memcached <c>doc/protocol.txt</c>, "Keys" and "Meta Commands".
/// </summary>
internal static class WireKey
{
    public const int MaxLength = 250;

    /// <summary>memcached 1.6.18 applies the limit to the encoded key, padding included.</summary>
    public const int MaxBase64Source = MaxLength / 4 * 3;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes <paramref name="key"/> to <paramref name="destination"/> (<see cref="MaxLength"/> bytes) and returns what was written.</summary>
    /// <exception cref="MemcachedClientException">The key is empty, too long, or text that has no UTF-8 form.</exception>
    public static ReadOnlySpan<byte> Encode(in MemcachedKey key, Span<byte> destination, out bool isBase64)
    {
        var source = destination;
        int length;
        if (key.Text is null)
        {
            length = key.Bytes.Length;
            if (length > MaxLength || !key.Bytes.Span.TryCopyTo(source))
            {
                throw TooLong(length);
            }
        }
        else
        {
            try
            {
                if (!s_strictUtf8.TryGetBytes(key.Text, source, out length))
                {
                    throw TooLong(Encoding.UTF8.GetByteCount(key.Text));
                }
            }
            catch (EncoderFallbackException)
            {
                throw new MemcachedClientException("The key is text with half a surrogate pair, which has no UTF-8 form. Give its bytes instead.");
            }
        }

        if (length == 0)
        {
            throw new MemcachedClientException("The key is empty. memcached has no empty keys.");
        }

        isBase64 = source[..length].ContainsAnyExceptInRange((byte)0x21, (byte)0x7e);
        if (!isBase64)
        {
            return source[..length];
        }

        if (length > MaxBase64Source)
        {
            throw TooLong(length);
        }

        Base64.EncodeToUtf8InPlace(destination, length, out var encoded);
        return destination[..encoded];
    }

    private static MemcachedClientException TooLong(int length) => new(
        $"The key takes {length} bytes. Allowed are {MaxLength} bytes of printable ASCII, or {MaxBase64Source} bytes of anything else.");
}
