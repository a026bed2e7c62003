using System.Buffers.Text;

namespace ScopedCaching.Memcached.Protocol;

/// <summary>The first word of a meta reply.</summary>
internal enum ReplyStatus : byte
{
    /// <summary><c>VA</c>: a value follows.</summary>
    Value,

    /// <summary><c>HD</c>: done.</summary>
    Done,

    /// <summary><c>EN</c>: a get found nothing.</summary>
    Miss,

    /// <summary><c>NF</c>: there is no such item.</summary>
    NotFound,

    /// <summary><c>NS</c>: not stored.</summary>
    NotStored,

    /// <summary><c>EX</c>: the item was changed meanwhile.</summary>
    Exists,

    /// <summary>An error that leaves the stream in step: only its own request failed.</summary>
    Refused,

    /// <summary>A line or lines of a classic text command.</summary>
    Text,
}

/// <summary>
/// The line of a meta reply, parsed: <c>VA &lt;size&gt; &lt;flags&gt;*</c>, <c>HD|EN|NF|NS|EX &lt;flags&gt;*</c>.
/// Flags not asked for make the line invalid, except the ones the server adds by itself (W, X, Z).
/// </summary>
internal struct ReplyLine
{
    /// <summary>memcached's largest possible item limit.</summary>
    private const int LargestValue = 1 << 30;

    public ReplyStatus Status { get; private set; }

    /// <summary>The length of the value that follows; 0 for none.</summary>
    public int ValueLength { get; private set; }

    public uint ClientFlags { get; private set; }

    public ulong Cas { get; private set; }

    /// <summary>Seconds left, -1 for ever.</summary>
    public long Ttl { get; private set; }

    /// <summary><c>W</c>: this request created the item, and has its lease.</summary>
    public bool WonLease { get; private set; }

    /// <summary>The token the reply repeats; null when it has none.</summary>
    public uint? Token { get; private set; }

    /// <summary>Parses a line without its line end. False: this is no reply the protocol allows.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ReplyLine reply)
    {
        reply = new ReplyLine { Ttl = -1 };
        if (line.Length < 2 || (line.Length > 2 && line[2] != ' '))
        {
            return false;
        }

        var flags = line[2..];
        switch (line[0] << 8 | line[1])
        {
            case 'V' << 8 | 'A':
                reply.Status = ReplyStatus.Value;
                flags = flags.TrimStart((byte)' ');
                if (!Utf8Parser.TryParse(flags, out uint length, out var digits) || length > LargestValue)
                {
                    return false;
                }

                reply.ValueLength = (int)length;
                flags = flags[digits..];
                break;
            case 'H' << 8 | 'D':
                reply.Status = ReplyStatus.Done;
                break;
            case 'E' << 8 | 'N':
                reply.Status = ReplyStatus.Miss;
                break;
            case 'N' << 8 | 'F':
                reply.Status = ReplyStatus.NotFound;
                break;
            case 'N' << 8 | 'S':
                reply.Status = ReplyStatus.NotStored;
                break;
            case 'E' << 8 | 'X':
                reply.Status = ReplyStatus.Exists;
                break;
            default:
                return false;
        }

        return reply.TryParseFlags(flags);
    }

    private bool TryParseFlags(ReadOnlySpan<byte> flags)
    {
        while (flags.Length > 0)
        {
            if (flags[0] != ' ')
            {
                return false;
            }

            flags = flags[1..];
            var end = flags.IndexOf((byte)' ');
            var flag = end < 0 ? flags : flags[..end];
            flags = end < 0 ? default : flags[end..];
            if (flag.Length > 0 && !TryParseFlag(flag[0], flag[1..]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryParseFlag(byte letter, ReadOnlySpan<byte> argument)
    {
        switch (letter)
        {
            case (byte)'O':
                Token = TryNumber(argument, out var token) && token <= uint.MaxValue ? (uint)token : null;
                return Token is not null;
            case (byte)'f':
                var isFlags = TryNumber(argument, out var clientFlags) && clientFlags <= uint.MaxValue;
                ClientFlags = (uint)clientFlags;
                return isFlags;
            case (byte)'c':
                var isCas = TryNumber(argument, out var cas);
                Cas = cas;
                return isCas;
            case (byte)'t':
                Ttl = TryNumber(argument, out var ttl) && ttl <= long.MaxValue ? (long)ttl : -1;
                return Ttl >= 0 || argument is [(byte)'-', (byte)'1'];
            case (byte)'W':
                WonLease = true;
                return argument.Length == 0;
            case (byte)'X' or (byte)'Z':
                return argument.Length == 0;
            default:
                return false;
        }
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out ulong number) =>
        Utf8Parser.TryParse(text, out number, out var digits) && digits == text.Length;
}
