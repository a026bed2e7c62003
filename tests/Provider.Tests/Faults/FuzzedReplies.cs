using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Faults;

/// <summary>
/// Replies to a few requests, damaged in all ways that bytes can be, through the reader and the receiver of a connection. Each must be refused as a whole or be read as what it
/// says: no other exception, no value for a token that it does not bear, no memory for bytes that never came.
/// </summary>
internal sealed class FuzzedReplies(int seed) : ITransport
{
    // The reader's own buffer, one value of the length that is believed, and its growth.
    private const long MemoryPerInput = 5 << 20;

    private static readonly string[] s_fragments =
    [
        " ", "\r\n", "\r", "\n", "\0", "VA ", "VA 5", "HD", "EN\r\n", "NF ", "NS", "EX", " O1", " O2", " O3", " O4294967295", " O4294967296", " O-1", " O", " W", " X", " Z", " f0",
        " f4294967296", " c18446744073709551615", " c18446744073709551616", " t-1", " t-2", " s5", " k", "VA 1073741824 O1\r\n", "VA 1073741825 O1\r\n", "VA 99999999999 O1\r\n",
        "VA -1 O1\r\n", "VA 0 O1\r\n\r\n", "ERROR\r\n", "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n", "SERVER_ERROR object too large for cache\r\n",
        "SERVER_ERROR out of memory storing object\r\n", "STAT a b\r\n", "END\r\n", "OK\r\n", "VERSION 1.6.18\r\n", "MN\r\n",
    ];

    private static readonly ConnectionLimits s_limits = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(10),
        Timeout = TimeSpan.FromSeconds(10),
        QueuedOperations = 16,
        QueuedBytes = 1 << 20,
    };

    private readonly Random _random = new(seed);
    private readonly OperationPool _pool = new();
    private uint _token;

    /// <summary>How many values were handed to the request whose token they bore.</summary>
    public long Values { get; private set; }

    /// <summary>How many inputs were refused.</summary>
    public long Refusals { get; private set; }

    public ILink Connect(TimeSpan timeout) => throw new IOException("Never asked.");

    /// <summary>One input. Null, or what is wrong.</summary>
    public string? Run()
    {
        var operations = new (Operation Operation, ValueTask<Reply> Wait)[_random.Next(1, 6)];
        var replies = new StringBuilder();
        for (var i = 0; i < operations.Length; i++)
        {
            operations[i] = Ask(replies);
        }

        for (var mutation = _random.Next(0, 5); mutation > 0 && replies.Length > 0; mutation--)
        {
            Mutate(replies);
        }

        var bytes = Encoding.Latin1.GetBytes(replies.ToString());
        return Feed(operations, bytes) is { } wrong ? $"{wrong} in {Escape(bytes)}" : null;
    }

    private static string Escape(byte[] bytes) => Encoding.Latin1.GetString(bytes).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>A request, and the reply it would get.</summary>
    private (Operation Operation, ValueTask<Reply> Wait) Ask(StringBuilder replies)
    {
        var operation = _pool.Rent();
        var token = operation.Token = ++_token;
        var wantsArray = _random.Next(2) == 0;
        switch (_random.Next(8))
        {
            case 0 or 1 or 2:
                operation.Prepare(new MetaRequest { Verb = Verb.Get, Wanted = Wanted.Value | Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl }, wantsArray, long.MaxValue);
                var value = new string((char)_random.Next(32, 127), _random.Next(0, 40)) + $"\r\nO{token}";
                replies.Append($"VA {value.Length} f{_random.Next(9)} c{_random.Next(999)} t{_random.Next(-1, 99)} O{token}\r\n{value}\r\n");
                break;
            case 3:
                operation.Prepare(new MetaRequest { Verb = Verb.Get, Wanted = Wanted.Value }, wantsArray, long.MaxValue);
                replies.Append($"EN O{token}\r\n");
                break;
            case 4:
                operation.Prepare(new MetaRequest { Verb = Verb.Set }, wantsArray, long.MaxValue);
                replies.Append($"HD O{token}\r\n");
                break;
            case 5:
                operation.Prepare(new MetaRequest { Verb = Verb.Arithmetic }, wantsArray, long.MaxValue);
                replies.Append($"VA 2 O{token}\r\n42\r\n");
                break;
            case 6:
                operation.Prepare(new MetaRequest { Verb = Verb.Stats, Line = "stats" }, wantsArray: true, long.MaxValue);
                replies.Append("STAT pid 1\r\nSTAT version 1.6.18\r\nEND\r\n");
                break;
            default:
                operation.Prepare(new MetaRequest { Verb = Verb.Line, Line = "version" }, wantsArray: true, long.MaxValue);
                replies.Append("VERSION 1.6.18\r\n");
                break;
        }

        return (operation, operation.WaitAsync<Reply>(CancellationToken.None));
    }

    private void Mutate(StringBuilder text)
    {
        var at = _random.Next(text.Length);
        var length = Math.Min(_random.Next(1, 12), text.Length - at);
        switch (_random.Next(7))
        {
            case 0:
                text[at] = (char)(text[at] ^ (1 << _random.Next(8)));
                break;
            case 1:
                text[at] = (char)_random.Next(256);
                break;
            case 2:
                text.Remove(at, length);
                break;
            case 3:
                text.Insert(at, s_fragments[_random.Next(s_fragments.Length)]);
                break;
            case 4:
                text.Insert(_random.Next(text.Length), text.ToString(at, length));
                break;
            case 5:
                text.Length = at;
                break;
            default:
                text.Insert(at, new string((char)_random.Next(256), _random.Next(1, 10_000)));
                break;
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Any other exception is what is looked for.")]
    private string? Feed((Operation Operation, ValueTask<Reply> Wait)[] operations, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var connection = new MultiplexedConnection(this, s_limits, _pool, TimeProvider.System);
        var reader = new ReplyReader(new Pieces(bytes, _random), new ReleaseQueue(connection, TimeProvider.System), static () => { });
        try
        {
            foreach (var (operation, wait) in operations)
            {
                var isCompleted = ReplyReceiver.Receive(reader, reader.ReadLine(), operation, owner: null);
                if (isCompleted && Objection(operation, wait, bytes) is { } wrong)
                {
                    return wrong;
                }
            }
        }
        catch (Exception refusal) when (refusal is MemcachedProtocolException or IOException)
        {
            Refusals++;
        }
        catch (Exception crash)
        {
            return crash.ToString();
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        return taken > MemoryPerInput + (64L * bytes.Length) ? $"{taken} bytes of memory" : null;
    }

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The outcome is there.")]
    private static Reply Outcome(Operation operation, ValueTask<Reply> wait)
    {
        ((IThreadPoolWorkItem)operation).Execute();
        var reply = wait.Result;
        operation.Release();
        return reply;
    }

    /// <summary>Whether a value is one that the bytes attribute to this request: after a line that begins with VA and bears its token.</summary>
    private string? Objection(Operation operation, ValueTask<Reply> wait, byte[] bytes)
    {
        var (verb, token) = (operation.Verb, operation.Token);
        var reply = Outcome(operation, wait);
        try
        {
            if (verb is Verb.Line or Verb.Stats || reply.Status != ReplyStatus.Value)
            {
                return null;
            }

            Values++;
            ReadOnlySpan<byte> value = [.. reply.Value.Span, .. "\r\n"u8];
            for (var at = bytes.AsSpan().IndexOf("\r\n"u8) + 2; at >= 2 && at <= bytes.Length; at = Next(bytes, at))
            {
                if (bytes.AsSpan(at).StartsWith(value) && Bears(bytes.AsSpan(0, at - 2), token))
                {
                    return null;
                }
            }

            return $"a value of {reply.ValueLength} bytes for token {token}";
        }
        finally
        {
            reply.Release();
        }
    }

    private static int Next(byte[] bytes, int at) => bytes.AsSpan(at).IndexOf("\r\n"u8) is >= 0 and var end ? at + end + 2 : -1;

    private static bool Bears(ReadOnlySpan<byte> upToLineEnd, uint token)
    {
        var line = Encoding.Latin1.GetString(upToLineEnd[(upToLineEnd.LastIndexOf("\r\n"u8) is >= 0 and var start ? start + 2 : 0)..]);
        return line.Contains("VA", StringComparison.Ordinal) && line.Split(' ').Any(flag => flag.StartsWith('O') && uint.TryParse(flag.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var said) && said == token);
    }

    /// <summary>Gives the bytes in pieces of any size, and ends.</summary>
    private sealed class Pieces(byte[] bytes, Random random) : ILink
    {
        private int _taken;

        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            var count = Math.Min(Math.Min(buffer.Length, bytes.Length - _taken), random.Next(3) == 0 ? 1 : random.Next(1, 2000));
            bytes.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count;
        }

        public void Send(ReadOnlySpan<byte> bytes) => throw new IOException("Nothing is sent.");

        public void Dispose()
        {
        }
    }
}
