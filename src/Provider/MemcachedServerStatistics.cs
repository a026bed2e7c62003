using System.Globalization;

namespace ScopedCaching.Memcached;

/// <summary>
/// The output of <c>stats</c> for one server: the most important numbers, and everything else it returned. A number that was not returned, for example with an argument such as <c>settings</c>, is null.
/// Immutable. Source: memcached <c>doc/protocol.txt</c>, "General-purpose statistics".
/// </summary>
public sealed record MemcachedServerStatistics
{
    private static readonly Dictionary<string, string> s_none = new(StringComparer.Ordinal);

    private MemcachedServerStatistics(string server, MemcachedServerState state, IReadOnlyDictionary<string, string> raw) => (Server, State, Raw) = (server, state, raw);

    /// <summary>The server's name, one of <see cref="IMemcachedClient.Servers"/>.</summary>
    public string Server { get; }

    /// <summary>Whether it answered; <see cref="MemcachedServerState.Up"/> if it did.</summary>
    public MemcachedServerState State { get; }

    /// <summary>Everything the server returned, by memcached's names.</summary>
    public IReadOnlyDictionary<string, string> Raw { get; }

    /// <summary>Why there are no numbers; null if the server answered.</summary>
    public string? Fault { get; private init; }

    /// <summary>The version (<c>version</c>).</summary>
    public string? Version => Raw.GetValueOrDefault("version");

    /// <summary>How long the server has been running (<c>uptime</c>).</summary>
    public TimeSpan? Uptime => Number("uptime") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The number of items (<c>curr_items</c>).</summary>
    public long? Items => Number("curr_items");

    /// <summary>The number of bytes used by items (<c>bytes</c>).</summary>
    public long? Bytes => Number("bytes");

    /// <summary>The maximum number of bytes for items (<c>limit_maxbytes</c>).</summary>
    public long? BytesLimit => Number("limit_maxbytes");

    /// <summary>The number of reads that found an item, since the server started (<c>get_hits</c>).</summary>
    public long? Hits => Number("get_hits");

    /// <summary>The number of reads that found no item (<c>get_misses</c>).</summary>
    public long? Misses => Number("get_misses");

    /// <summary>The number of items removed before they expired to make room (<c>evictions</c>).</summary>
    public long? Evictions => Number("evictions");

    /// <summary>The number of open connections (<c>curr_connections</c>).</summary>
    public long? Connections => Number("curr_connections");

    internal static MemcachedServerStatistics Of(string server, IReadOnlyDictionary<string, string> raw) => new(server, MemcachedServerState.Up, raw);

    internal static MemcachedServerStatistics Unavailable(string server, MemcachedServerState state, string fault) => new(server, state, s_none) { Fault = fault };

    private long? Number(string name) => long.TryParse(Raw.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
