using System.Globalization;
using System.Text;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <content>Verbs about the server rather than an item, and the ones that end in numbers or text.</content>
internal sealed partial class MemcachedClient
{
    public async ValueTask<IReadOnlyDictionary<string, string>> StatsAsync(string? argument, CancellationToken cancellationToken)
    {
        ThrowIfNotOneLine(argument ?? "", nameof(argument));
        var line = argument is null ? "stats" : "stats " + argument;
        var text = await TextAsync(new MetaRequest { Verb = Verb.Stats, Line = line }, cancellationToken).ConfigureAwait(false);
        var stats = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var stat in text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            // "STAT <name> <value>", and at last "END" (or "RESET", or "OK")
            if (stat.Split(' ', 3) is ["STAT" or "ITEM" or "PREFIX", var name, .. var value])
            {
                stats[name] = value.FirstOrDefault("");
            }
            else
            {
                ThrowUnless(stat, stat is "END" or "RESET" or "OK");
            }
        }

        return stats;
    }

    public async ValueTask<string> VersionAsync(CancellationToken cancellationToken)
    {
        var text = await TextAsync(new MetaRequest { Verb = Verb.Line, Line = "version" }, cancellationToken).ConfigureAwait(false);
        return text.Split(' ', 2) is ["VERSION", var version]
            ? version.TrimEnd()
            : throw new MemcachedProtocolException("The server did not tell its version.");
    }

    public async ValueTask FlushAllAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        var line = "flush_all";
        if (delay > TimeSpan.Zero)
        {
            line += " " + Exptime.Of(delay, time).ToString(CultureInfo.InvariantCulture);
        }

        var text = await TextAsync(new MetaRequest { Verb = Verb.Line, Line = line }, cancellationToken).ConfigureAwait(false);
        text = text.TrimEnd();
        ThrowUnless(text, text is "OK");
    }

    public async ValueTask<byte[]> RawAsync(string command, string endToken, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(endToken);
        ThrowIfNotOneLine(command, nameof(command));
        if (!endToken.EndsWith("\r\n", StringComparison.Ordinal))
        {
            throw new ArgumentException("A reply ends with a line end, so the token must too.", nameof(endToken));
        }

        var wait = servers.Server.ExecuteAloneAsync<Reply>(new MetaRequest { Verb = Verb.Raw, Line = command, Terminator = endToken }, wantsArray: true, cancellationToken);
        return (await wait.ConfigureAwait(false)).Array!;
    }

    private static async ValueTask<string> TextAsync(ValueTask<Reply> wait) =>
        Encoding.UTF8.GetString((await wait.ConfigureAwait(false)).Array!);

    private ValueTask<string> TextAsync(in MetaRequest request, CancellationToken cancellationToken) =>
        TextAsync(ExecuteAsync<Reply>(request, wantsArray: true, cancellationToken));

    private static async ValueTask<ulong?> CountAsync(ValueTask<Reply> wait)
    {
        var reply = await wait.ConfigureAwait(false);
        try
        {
            return CountOf(reply);
        }
        finally
        {
            reply.Release();
        }
    }

    /// <summary>The number in a reply; after a decrement it may have blanks behind it.</summary>
    internal static ulong? CountOf(in Reply reply) => reply.Status switch
    {
        ReplyStatus.NotFound => null,
        ReplyStatus.Value when ulong.TryParse(reply.Value.Span.TrimEnd((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture, out var count) => count,
        _ => throw reply.Unexpected(),
    };

    private static void ThrowUnless(string line, bool isSuccess)
    {
        if (!isSuccess)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            var message = $"The server answered {ErrorLine.Describe(bytes)}.";
            throw ErrorLine.IsError(bytes) ? new MemcachedServerException(message) : new MemcachedProtocolException(message);
        }
    }

    private static void ThrowIfNotOneLine(string text, string parameter)
    {
        if (text.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new ArgumentException("A command is one line, without CR, LF or NUL.", parameter);
        }
    }
}
