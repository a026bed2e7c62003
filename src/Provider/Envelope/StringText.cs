using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Unicode;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Strings without loss: UTF-8, and for text that UTF-8 cannot hold (half a surrogate pair) a byte that UTF-8 never holds, then UTF-16LE.</summary>
internal static class StringText
{
    private const byte Utf16Follows = 0xFF;
    private const int ShortText = 1024;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(string text, PooledBuffer destination)
    {
        // Counting costs a pass over the text; for short text reserving the most it can take costs less.
        var most = text.Length <= ShortText ? text.Length * 3 : Encoding.UTF8.GetByteCount(text);
        var room = destination.GetSpan(most);
        var status = Utf8.FromUtf16(text, room, out _, out var written, replaceInvalidSequences: false);
        if (status == OperationStatus.Done)
        {
            destination.Advance(written);
            return;
        }

        Debug.Assert(status == OperationStatus.InvalidData, "There was room for all of it.");
        destination.WriteByte(Utf16Follows);
        room = destination.GetSpan(text.Length * sizeof(char));
        for (var i = 0; i < text.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(room[(i * sizeof(char))..], text[i]);
        }

        destination.Advance(text.Length * sizeof(char));
    }

    /// <exception cref="DecoderFallbackException">It is no text.</exception>
    public static string Read(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty || source[0] != Utf16Follows)
        {
            return s_strict.GetString(source);
        }

        source = source[1..];
        var text = new char[source.Length / sizeof(char)];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(source[(i * sizeof(char))..]);
        }

        return new string(text);
    }
}
