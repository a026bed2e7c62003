using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Protocol;

/// <summary>Writes requests. Each carries an opaque token that its reply must repeat (the classic text commands have none).</summary>
internal static class RequestWriter
{
    // A number and its flag letter with a blank: " T" + 20 digits.
    private const int LongestNumber = 22;

    // Verb, blanks, length, the single-letter flags and line ends; the numbers are counted apart.
    private const int LongestFrame = 64;

    public static void Write(PooledBuffer destination, in MetaRequest request, uint token)
    {
        if (request.Line is not null)
        {
            WriteLine(destination, request.Line);
            return;
        }

        var longest = LongestFrame + request.Key.Length + request.Value.Length + (7 * LongestNumber);
        var cursor = new Cursor(destination.GetSpan(longest));
        switch (request.Verb)
        {
            case Verb.Get:
                WriteGet(ref cursor, request);
                break;
            case Verb.Set:
                WriteSet(ref cursor, request);
                break;
            case Verb.Delete:
                WriteDelete(ref cursor, request);
                break;
            case Verb.Arithmetic:
                WriteArithmetic(ref cursor, request);
                break;
            default:
                throw new UnreachableException();
        }

        cursor.Number(" O"u8, token);
        cursor.Text("\r\n"u8);
        if (request.Verb == Verb.Set)
        {
            cursor.Text(request.Value);
            cursor.Text("\r\n"u8);
        }

        destination.Advance(cursor.Length);
    }

    /// <summary>Writes a request that has been written before and was not sent, with another token.</summary>
    public static void WriteAgain(PooledBuffer destination, ReadOnlySpan<byte> written, uint token)
    {
        // The token is the last flag of the line, and neither a key nor a flag holds a blank.
        var end = written.IndexOf("\r\n"u8);
        var at = written[..end].LastIndexOf(" O"u8);
        var cursor = new Cursor(destination.GetSpan(written.Length + LongestNumber));
        cursor.Text(written[..at]);
        cursor.Number(" O"u8, token);
        cursor.Text(written[end..]);
        destination.Advance(cursor.Length);
    }

    // "mg <key> <flags>*\r\n"
    private static void WriteGet(ref Cursor cursor, in MetaRequest request)
    {
        cursor.Text("mg "u8);
        WriteKey(ref cursor, request);
        if ((request.Wanted & Wanted.Value) != Wanted.Nothing)
        {
            cursor.Text(" v"u8);
        }

        if ((request.Wanted & Wanted.ClientFlags) != Wanted.Nothing)
        {
            cursor.Text(" f"u8);
        }

        if ((request.Wanted & Wanted.Cas) != Wanted.Nothing)
        {
            cursor.Text(" c"u8);
        }

        if ((request.Wanted & Wanted.Ttl) != Wanted.Nothing)
        {
            cursor.Text(" t"u8);
        }

        if (request.Lease is { } lease)
        {
            cursor.Signed(" N"u8, lease);
        }

        WriteExptime(ref cursor, request);
    }

    // "ms <key> <datalen> <flags>*\r\n<data block>\r\n"
    private static void WriteSet(ref Cursor cursor, in MetaRequest request)
    {
        cursor.Text("ms "u8);
        cursor.Text(request.Key);
        cursor.Number(" "u8, (ulong)request.Value.Length);
        if (request.KeyIsBase64)
        {
            cursor.Text(" b"u8);
        }

        if (request.ClientFlags != 0)
        {
            cursor.Number(" F"u8, request.ClientFlags);
        }

        if (request.Mode != SetMode.Set)
        {
            cursor.Text(" M"u8);
            cursor.Byte((byte)request.Mode);
        }

        WriteExptime(ref cursor, request);
        WriteCas(ref cursor, request);
    }

    // "md <key> <flags>*\r\n"
    private static void WriteDelete(ref Cursor cursor, in MetaRequest request)
    {
        cursor.Text("md "u8);
        WriteKey(ref cursor, request);
        WriteCas(ref cursor, request);
    }

    // "ma <key> <flags>*\r\n", v: return the number; N: create when absent, living so long; J: with this number
    private static void WriteArithmetic(ref Cursor cursor, in MetaRequest request)
    {
        cursor.Text("ma "u8);
        WriteKey(ref cursor, request);
        cursor.Text(" v"u8);
        if (request.Decrement)
        {
            cursor.Text(" MD"u8);
        }

        cursor.Number(" D"u8, request.Delta);
        if (request.Initial is { } initial)
        {
            cursor.Signed(" N"u8, request.Exptime ?? 0);
            cursor.Number(" J"u8, initial);
        }
    }

    private static void WriteKey(ref Cursor cursor, in MetaRequest request)
    {
        cursor.Text(request.Key);
        if (request.KeyIsBase64)
        {
            cursor.Text(" b"u8);
        }
    }

    private static void WriteExptime(ref Cursor cursor, in MetaRequest request)
    {
        if (request.Exptime is { } exptime)
        {
            cursor.Signed(" T"u8, exptime);
        }
    }

    private static void WriteCas(ref Cursor cursor, in MetaRequest request)
    {
        if (request.Cas is { } cas)
        {
            cursor.Number(" C"u8, cas);
        }
    }

    private static void WriteLine(PooledBuffer destination, string line)
    {
        destination.Advance(Encoding.UTF8.GetBytes(line, destination.GetSpan(Encoding.UTF8.GetMaxByteCount(line.Length))));
        destination.Write("\r\n"u8);
    }

    private ref struct Cursor(Span<byte> span)
    {
        private readonly Span<byte> _span = span;

        public int Length { get; private set; }

        public void Byte(byte value) => _span[Length++] = value;

        public void Text(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_span[Length..]);
            Length += text.Length;
        }

        public void Number(ReadOnlySpan<byte> flag, ulong value)
        {
            Text(flag);
            Utf8Formatter.TryFormat(value, _span[Length..], out var written);
            Length += written;
        }

        public void Signed(ReadOnlySpan<byte> flag, long value)
        {
            Text(flag);
            Utf8Formatter.TryFormat(value, _span[Length..], out var written);
            Length += written;
        }
    }
}
