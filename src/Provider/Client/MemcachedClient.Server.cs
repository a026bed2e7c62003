using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <content>Verbs about a server, or all servers, rather than an item.</content>
internal sealed partial class MemcachedClient
{
    public IReadOnlyList<string> Servers => Array.ConvertAll(pool.Current.Nodes, static node => node.Name);

    public string ServerOf(MemcachedKey key)
    {
        Span<byte> raw = stackalloc byte[WireKey.MaxLength];
        var wireKey = WireKey.Encode(key, stackalloc byte[WireKey.MaxLength], out var isBase64);
        var rawKey = RawKey(new MetaRequest { Verb = Verb.Get, Key = wireKey, KeyIsBase64 = isBase64 }, raw);
        return pool.Current.NodeOf(keysAreSealed ? SealedRoute.Of(rawKey) : rawKey).Name;
    }

    public ValueTask<IReadOnlyDictionary<string, string>> StatsAsync(string? argument, string? server, CancellationToken cancellationToken)
    {
        ThrowIfNotOneLine(argument ?? "", nameof(argument));
        return StatsAsync(Named(server), argument, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<MemcachedServerStatistics>> ServerStatisticsAsync(string? argument, CancellationToken cancellationToken)
    {
        ThrowIfNotOneLine(argument ?? "", nameof(argument));
        var answers = await AskAllAsync(node => StatsAsync(node, argument, cancellationToken)).ConfigureAwait(false);
        ThrowIfNobodyAnswered(answers);
        return [.. answers.Select(static answer => answer.Fault is null
            ? MemcachedServerStatistics.Of(answer.Server, answer.Result!)
            : MemcachedServerStatistics.Unavailable(answer.Server, answer.State, answer.Cause!.Message))];
    }

    public async ValueTask<string> VersionAsync(string? server, CancellationToken cancellationToken)
    {
        if (server is not null || pool.Current.Only is not null)
        {
            return await VersionAsync(Named(server), cancellationToken).ConfigureAwait(false);
        }

        var answers = await VersionsAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfNobodyAnswered(answers);
        return answers.Where(static answer => answer.Fault is null).Select(static answer => answer.Result!)
            .MinBy(static version => Version.TryParse(version, out var number) ? number : new Version())!;
    }

    /// <summary>What each server answers for its version.</summary>
    public ValueTask<ServerAnswer<string>[]> VersionsAsync(CancellationToken cancellationToken) => AskAllAsync(node => VersionAsync(node, cancellationToken));

    public async ValueTask FlushAllAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        var line = "flush_all";
        if (delay > TimeSpan.Zero)
        {
            line += " " + Exptime.Of(delay, time).ToString(CultureInfo.InvariantCulture);
        }

        // All are told, whatever one says.
        var answers = await AskAllAsync(async node =>
        {
            var text = (await TextAsync(node, new MetaRequest { Verb = Verb.Line, Line = line }, cancellationToken).ConfigureAwait(false)).TrimEnd();
            ThrowUnless(text, text is "OK");
            return true;
        }).ConfigureAwait(false);
        if (answers.Length == 0 || Array.Find(answers, static answer => answer.Fault is not null).Fault is not null)
        {
            ThrowFirst(answers);
        }
    }

    public async ValueTask<byte[]> RawAsync(string command, string endToken, string? server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(endToken);
        ThrowIfNotOneLine(command, nameof(command));
        if (!endToken.EndsWith("\r\n", StringComparison.Ordinal))
        {
            throw new ArgumentException("A reply ends with a line end, so the token must too.", nameof(endToken));
        }

        var wait = Named(server).ExecuteAloneAsync<Reply>(new MetaRequest { Verb = Verb.Raw, Line = command, Terminator = endToken }, wantsArray: true, cancellationToken);
        return (await wait.ConfigureAwait(false)).Array!;
    }

    private static async ValueTask<IReadOnlyDictionary<string, string>> StatsAsync(Node node, string? argument, CancellationToken cancellationToken)
    {
        var line = argument is null ? "stats" : "stats " + argument;
        var text = await TextAsync(node, new MetaRequest { Verb = Verb.Stats, Line = line }, cancellationToken).ConfigureAwait(false);
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

    private static async ValueTask<string> VersionAsync(Node node, CancellationToken cancellationToken)
    {
        var text = await TextAsync(node, new MetaRequest { Verb = Verb.Line, Line = "version" }, cancellationToken).ConfigureAwait(false);
        return text.Split(' ', 2) is ["VERSION", var version]
            ? version.TrimEnd()
            : throw new MemcachedProtocolException("The server did not report its version.");
    }

    private static ValueTask<string> TextAsync(Node node, in MetaRequest request, CancellationToken cancellationToken) =>
        TextAsync(node.ExecuteAsync<Reply>(request, wantsArray: true, cancellationToken));

    private static async ValueTask<string> TextAsync(ValueTask<Reply> wait) =>
        Encoding.UTF8.GetString((await wait.ConfigureAwait(false)).Array!);

    /// <summary>Asks all servers at once.</summary>
    private async ValueTask<ServerAnswer<TResult>[]> AskAllAsync<TResult>(Func<Node, ValueTask<TResult>> ask)
    {
        var nodes = pool.Current.Nodes;
        var waits = Array.ConvertAll(nodes, node => AskAsync(node, ask));
        return await Task.WhenAll(waits).ConfigureAwait(false);
    }

    private async Task<ServerAnswer<TResult>> AskAsync<TResult>(Node node, Func<Node, ValueTask<TResult>> ask)
    {
        var (start, before) = (time.GetTimestamp(), node.State);
        try
        {
            var result = await ask(node).ConfigureAwait(false);
            return new ServerAnswer<TResult>(node.Name, result, Fault: null, MemcachedServerState.Up, time.GetElapsedTime(start), node.Undelivered);
        }
        catch (Exception fault) when (fault is MemcachedException)
        {
            // It may have been asked in vain for the first time; that it is not asked at all any more takes some such failures. And it may have come back just now.
            var state = node.State switch
            {
                NodeState.Recovering => MemcachedServerState.Recovering,
                NodeState.Up when before == NodeState.Recovering => MemcachedServerState.Recovering,
                _ => MemcachedServerState.Down,
            };
            return new ServerAnswer<TResult>(node.Name, default, fault, state, RoundTrip: default, node.Undelivered);
        }
    }

    private Node Named(string? server)
    {
        var servers = pool.Current;
        return server is null
            ? servers.Only ?? throw new MemcachedClientException($"There are {servers.Nodes.Length} servers. Specify one of the names in {nameof(IMemcachedClient)}.{nameof(IMemcachedClient.Servers)}.")
            : Array.Find(servers.Nodes, node => string.Equals(node.Name, server, StringComparison.Ordinal)) ?? throw new MemcachedClientException($"There is no server of that name. Specify one of the names in {nameof(IMemcachedClient)}.{nameof(IMemcachedClient.Servers)}.");
    }

    private static void ThrowIfNobodyAnswered<TResult>(ServerAnswer<TResult>[] answers)
    {
        if (Array.TrueForAll(answers, static answer => answer.Fault is not null))
        {
            ThrowFirst(answers);
        }
    }

    private static void ThrowFirst<TResult>(ServerAnswer<TResult>[] answers)
    {
        var fault = Array.Find(answers, static answer => answer.Fault is not null).Fault;
        ExceptionDispatchInfo.Throw(fault ?? new MemcachedConnectionException("No cache server is known: none of the configured names could be resolved so far."));
    }

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

/// <summary>What one of all servers said.</summary>
/// <param name="Server">Its name.</param>
/// <param name="Result">What it answered.</param>
/// <param name="Fault">Why it did not.</param>
/// <param name="State">How it is.</param>
/// <param name="RoundTrip">How long the answer took.</param>
/// <param name="Undelivered">How many removals it has not got yet.</param>
internal readonly record struct ServerAnswer<TResult>(
    string Server, TResult? Result, Exception? Fault, MemcachedServerState State, TimeSpan RoundTrip, int Undelivered)
{
    /// <summary>Why callers are refused at once, rather than that they are.</summary>
    public Exception? Cause => Fault is MemcachedConnectionException and not MemcachedLinkException && Fault.InnerException is MemcachedException cause ? cause : Fault;
}
