using System.Buffers;
using System.Buffers.Text;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>Writes replies: bytes, numbers, and the end of a line.</summary>
internal readonly struct ReplyWriter(IBufferWriter<byte> output)
{
    private const int LongestNumber = 20;

    public void Line(ReadOnlySpan<byte> text)
    {
        Bytes(text);
        End();
    }

    public void End() => output.Write("\r\n"u8);

    public void Bytes(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    public void Number(ulong number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out var length);
        output.Advance(length);
    }

    /// <summary>A blank, a flag's letter, and its number.</summary>
    public void Flag(byte letter, ulong number)
    {
        Letter(letter);
        Number(number);
    }

    public void Flag(byte letter, ReadOnlySpan<byte> text)
    {
        Letter(letter);
        Bytes(text);
    }

    public void Letter(byte letter)
    {
        var span = output.GetSpan(2);
        span[0] = (byte)' ';
        span[1] = letter;
        output.Advance(2);
    }

    /// <summary>A key as it came: in base64, and saying so, when it came in base64.</summary>
    public void Key(ReadOnlySpan<byte> key, bool isBinary)
    {
        Letter((byte)'k');
        if (isBinary)
        {
            Base64(key);
            Letter((byte)'b');
        }
        else
        {
            Bytes(key);
        }
    }

    public void Base64(ReadOnlySpan<byte> bytes)
    {
        var span = output.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, span, out _, out var length);
        output.Advance(length);
    }
}
