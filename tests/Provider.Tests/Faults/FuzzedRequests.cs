using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ScopedCaching.Memcached.Embedded;

namespace Provider.Tests.Faults;

/// <summary>
/// Commands to the embedded server, damaged in all ways that bytes can be, or bytes without any meaning. It answers or closes: no exception, bounded memory, and others are served
/// as before.
/// </summary>
internal sealed class FuzzedRequests(int seed, TimeProvider time)
{
    private const long MemoryLimit = 256 * 1024;
    private const long RepliesPerInput = 1 << 20;

    private static readonly string[] s_seeds =
    [
        "mg key v k t c f s h l O123 q N30 R30 T30\r\n", "ms key 5 c F1 T60 I C7 MA b k O1\r\nvalue\r\n", "md key q I T30 C5\r\n",
        "ma key N60 J5 D2 MI v t c\r\n", "me key b\r\n", "mn\r\n", "set key 1 60 5 noreply\r\nvalue\r\n", "cas key 0 0 1 77\r\nx\r\n",
        "get a b c d\r\n", "gats 10 a b\r\n", "incr key 5\r\n", "delete key 0 noreply\r\n", "touch key 9\r\n", "flush_all 5\r\n",
        "stats settings\r\n", "verbosity 1\r\n", "append key 0 0 3\r\nabc\r\n", "quit\r\n", "mg a2V5 b k v\r\n", "ms key 2 T0\r\n42\r\n", "ma key MD D9 v q O7\r\n",
    ];

    private static readonly string[] s_fragments =
        [" ", "\r\n", "\n", "\r", "\0", "-1", "99999999999999999999", "2147483645", "2147483648", "b", "k", "=", "\u0080", "\t", "  ", "noreply", "4294967297", "HTTP/1.1", "O" + "123456789012345678901234567890123"];

    private readonly Random _random = new(seed);

    /// <summary>One input. Null, or what is wrong.</summary>
    public string? Run()
    {
        var bytes = _random.Next(5) == 0 ? Noise() : Mutated();
        return Feed(bytes) is { } wrong
            ? $"{wrong} after {Encoding.Latin1.GetString(bytes).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}"
            : null;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Any exception is what is looked for.")]
    public string? Feed(ReadOnlySpan<byte> bytes)
    {
        var store = new ItemStore(new ServerClock(time), MemoryLimit, 64 * 1024);
        var registry = new SessionRegistry();
        using var session = new ServerSession(store, registry);
        var replies = new ArrayBufferWriter<byte>();
        var isOpen = true;
        try
        {
            while (isOpen && !bytes.IsEmpty)
            {
                var length = _random.Next(1, bytes.Length + 1);
                isOpen = session.Accept(bytes[..length], replies);
                bytes = bytes[length..];
            }

            if (store.Bytes is < 0 or > MemoryLimit || replies.WrittenCount > RepliesPerInput)
            {
                return $"{store.Bytes} bytes stored, {replies.WrittenCount} said";
            }

            return Serves(store, registry) ? null : "others are not served";
        }
        catch (Exception crash)
        {
            return crash.ToString();
        }
    }

    private static bool Serves(ItemStore store, SessionRegistry registry)
    {
        using var other = new ServerSession(store, registry);
        var replies = new ArrayBufferWriter<byte>();
        return other.Accept("ms other 2 O1\r\nhi\r\nmg other v O2\r\n"u8, replies)

            // A flush that is still to come takes what is stored in its second.
            && (replies.WrittenSpan.SequenceEqual("HD O1\r\nVA 2 O2\r\nhi\r\n"u8) || replies.WrittenSpan.SequenceEqual("HD O1\r\nEN O2\r\n"u8));
    }

    private byte[] Noise()
    {
        var bytes = new byte[_random.Next(1, 400)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Mutated()
    {
        var text = new StringBuilder();
        for (var command = _random.Next(1, 5); command > 0; command--)
        {
            text.Append(s_seeds[_random.Next(s_seeds.Length)]);
        }

        for (var mutation = _random.Next(0, 8); mutation > 0; mutation--)
        {
            Mutate(text);
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private void Mutate(StringBuilder text)
    {
        if (text.Length == 0)
        {
            return;
        }

        var at = _random.Next(text.Length);
        switch (_random.Next(6))
        {
            case 0:
                text[at] = (char)_random.Next(256);
                break;
            case 1:
                text.Remove(at, Math.Min(_random.Next(1, 4), text.Length - at));
                break;
            case 2:
                text.Insert(at, new string((char)_random.Next(33, 127), _random.Next(1, 300)));
                break;
            case 3:
                text.Insert(_random.Next(text.Length), text.ToString(at, Math.Min(_random.Next(1, 30), text.Length - at)));
                break;
            case 4:
                text[at] = (char)(text[at] ^ (1 << _random.Next(7)));
                break;
            default:
                text.Insert(at, s_fragments[_random.Next(s_fragments.Length)]);
                break;
        }
    }
}
