using System.Globalization;

namespace ScopedCaching.Memcached;

/// <summary>
/// What <c>stats</c> tells of one server: the numbers that people look at, and all that it said. A number that was not told, as with an argument such as <c>settings</c>, is null.
/// Immutable. Source: memcached <c>doc/protocol.txt</c>, "General-purpose statistics".
/// </summary>
public sealed record MemcachedServerStatistics
{
    private static readonly Dictionary<string, string> s_none = new(StringComparer.Ordinal);

    private MemcachedServerStatistics(string server, MemcachedServerState state, IReadOnlyDictionary<string, string> raw) => (Server, State, Raw) = (server, state, raw);

    /// <summary>The server's name, one of <see cref="IMemcachedClient.Servers"/>.</summary>
    public string Server { get; }

    /// <summary>Whether it answered; <see cref="MemcachedServerState.Up"/> where it did.</summary>
    public MemcachedServerState State { get; }

    /// <summary>All that the server told, by memcached's names.</summary>
    public IReadOnlyDictionary<string, string> Raw { get; }

    /// <summary>Why there are no numbers; null where the server answered.</summary>
    public string? Fault { get; private init; }

    /// <summary>The version (<c>version</c>).</summary>
    public string? Version => Raw.GetValueOrDefault("version");

    /// <summary>How long the server has been running (<c>uptime</c>).</summary>
    public TimeSpan? Uptime => Number("uptime") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>How many items it holds (<c>curr_items</c>).</summary>
    public long? Items => Number("curr_items");

    /// <summary>How many bytes they take (<c>bytes</c>).</summary>
    public long? Bytes => Number("bytes");

    /// <summary>How many bytes they may take (<c>limit_maxbytes</c>).</summary>
    public long? BytesLimit => Number("limit_maxbytes");

    /// <summary>How many reads found an item, since the server started (<c>get_hits</c>).</summary>
    public long? Hits => Number("get_hits");

    /// <summary>How many reads found none (<c>get_misses</c>).</summary>
    public long? Misses => Number("get_misses");

    /// <summary>How many items were removed before their time to make room (<c>evictions</c>).</summary>
    public long? Evictions => Number("evictions");

    /// <summary>How many connections are open (<c>curr_connections</c>).</summary>
    public long? Connections => Number("curr_connections");

    internal static MemcachedServerStatistics Of(string server, IReadOnlyDictionary<string, string> raw) => new(server, MemcachedServerState.Up, raw);

    internal static MemcachedServerStatistics Unavailable(string server, MemcachedServerState state, string fault) => new(server, state, s_none) { Fault = fault };

    private long? Number(string name) => long.TryParse(Raw.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
