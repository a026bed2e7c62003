using System.Text.Json;

namespace ScopedCaching.Memcached;

/// <summary>What a fault of the cache becomes.</summary>
public enum OnFailure
{
    /// <summary>Reads miss, writes are dropped; counted and logged.</summary>
    Miss,

    /// <summary>A <see cref="MemcachedException"/> is thrown.</summary>
    Throw,
}

/// <summary>What becomes of the keys of a server that is down, where there are several servers.</summary>
public enum OnDeadServer
{
    /// <summary>They miss, and writes are dropped, until it is back.</summary>
    Miss,

    /// <summary>
    /// The next server on the ring takes them meanwhile. Entries that are stored there live for <see cref="MemcachedOptions.FailoverLife"/> at most; generations and counters, which
    /// must be the same for everybody, never move.
    /// </summary>
    NextServer,
}

/// <summary>How the servers are found.</summary>
public enum ServerDiscovery
{
    /// <summary>A configured name is one server, whose address may change.</summary>
    None,

    /// <summary>A configured name stands for as many servers as it has addresses, as with Kubernetes' headless services.</summary>
    Dns,
}

/// <summary>
/// The settings of the cache, from the configuration section <c>Cache</c>, the environment (<c>CACHE_HOST</c>,
/// <c>CACHE_PORT</c>) and code, where later wins. Validated at startup. <see cref="Servers"/> and what
/// their connections need, what becomes of dead ones, the timeouts and <see cref="Enabled"/> may change while the application runs.
/// </summary>
public sealed class MemcachedOptions
{
    internal const string DefaultSection = "Cache";

    /// <summary>What all wire keys start with, so that applications can share a server.</summary>
    /// <value>The default is the application's name.</value>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// What stores the entries: one of the names in <see cref="CacheBackends"/>, whatever its case, or the key under which an <see cref="ICacheStore"/> of the application's own
    /// is registered. Another name is an error at startup that tells the known ones. A change takes a restart.
    /// </summary>
    /// <value>The default is null: <see cref="CacheBackends.Memcached"/> where there are <see cref="Servers"/>, in Development without any <see cref="CacheBackends.Embedded"/>.</value>
    public string? Backend { get; set; }

    /// <summary>
    /// The memcached servers. Where the <see cref="Backend"/> is not set, empty means the embedded server in Development and is an error elsewhere. Without effect on
    /// backends other than <see cref="CacheBackends.Memcached"/>.
    /// </summary>
    /// <value>The default is empty.</value>
    public IList<MemcachedEndpoint> Servers { get; set; } = [];

    /// <summary>How the servers are found. Under <see cref="ServerDiscovery.Dns"/> every name in <see cref="Servers"/> is asked for at startup and then every <see cref="DiscoveryInterval"/>.</summary>
    /// <value>The default is <see cref="ServerDiscovery.None"/>.</value>
    public ServerDiscovery Discovery { get; set; } = ServerDiscovery.None;

    /// <summary>How often names are asked for under <see cref="ServerDiscovery.Dns"/>. What does not resolve stays as it was.</summary>
    /// <value>The default is 30 seconds. Allowed are 1 second to 1 hour.</value>
    public TimeSpan DiscoveryInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What becomes of the keys of a server that is down. Without effect where there is but one.</summary>
    /// <value>The default is <see cref="OnDeadServer.Miss"/>.</value>
    public OnDeadServer OnDeadServer { get; set; } = OnDeadServer.Miss;

    /// <summary>
    /// How long at most an entry lives that was stored at another server because its own was down. For so long, processes that disagree about whether the server is down, or a server that comes and goes,
    /// may bring back a value that was replaced or removed.
    /// </summary>
    /// <value>The default is 10 seconds. Allowed are 1 second to 5 minutes.</value>
    public TimeSpan FailoverLife { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Servers that the application is moving away from. Only where memcached is the backend.</summary>
    /// <value>The default has none.</value>
    public MemcachedFallbackOptions Fallback { get; set; } = new();

    /// <summary>
    /// Use this embedded server instead of <see cref="Servers"/>; it stays the caller's to dispose. For tests. Without effect on backends other than
    /// <see cref="CacheBackends.Memcached"/> and <see cref="CacheBackends.Embedded"/>.
    /// </summary>
    /// <value>The default is null.</value>
    public EmbeddedMemcached? Embedded { get; set; }

    /// <summary>How long opening a connection may take.</summary>
    /// <value>The default is 1 second. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an operation may take, the connecting it may need included.</summary>
    /// <value>The default is 1 second. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The user to authenticate as on every connection, where the servers ask for that (memcached's <c>-Y</c>). Together with the password at most 250 bytes, without blanks, control
    /// characters and colons. Without <see cref="Tls"/> both are sent as plain text.
    /// </summary>
    /// <value>The default is null: no authentication.</value>
    public string? Username { get; set; }

    /// <summary>The password of <see cref="Username"/>, without blanks and control characters. Never logged, and in no message.</summary>
    /// <value>The default is null: no authentication.</value>
    public string? Password { get; set; }

    /// <summary>TLS towards the servers. Without effect on <see cref="Embedded"/> servers.</summary>
    /// <value>The default is without TLS.</value>
    public MemcachedTlsOptions Tls { get; set; } = new();

    /// <summary>Whether values above <see cref="CompressionThreshold"/> are compressed when that makes them smaller.</summary>
    /// <value>The default is true.</value>
    public bool Compress { get; set; } = true;

    /// <summary>From how many bytes on a value is worth compressing.</summary>
    /// <value>The default is 1,024 bytes.</value>
    public int CompressionThreshold { get; set; } = 1024;

    /// <summary>
    /// Whether values are encrypted under ASP.NET Core DataProtection. Without it a digest keeps values from accidents and mix-ups, and does
    /// not help against whoever controls the server or the network.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Encrypt { get; set; } = true;

    /// <summary>
    /// Whether counters are sealed too (in the configuration: <c>Encrypt</c> = <c>Always</c>). The server cannot add to them then: each change is a read and a compare-and-swap,
    /// repeated while others are faster. Counters made one way are not found the other way.
    /// </summary>
    /// <value>The default is false: counters are the server's own, in plain text.</value>
    public bool EncryptCounters { get; set; }

    /// <summary>The kill switch: when false reads miss and writes are dropped; removals still run, so that nothing old comes back.</summary>
    /// <value>The default is true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// A secret for hashing wire keys (HMAC-SHA256), at least 16 characters, the same in every process that shares the cache. Without it
    /// the hash is a plain SHA-256, and who sees the server can test guesses of customer and key against it.
    /// </summary>
    /// <value>The default is null: a plain hash.</value>
    public string? KeySecret { get; set; }

    /// <summary>What a fault of the cache becomes in the caches; the raw <see cref="IMemcachedClient"/> always throws.</summary>
    /// <value>The default is <see cref="OnFailure.Miss"/>.</value>
    public OnFailure OnFailure { get; set; } = OnFailure.Miss;

    /// <summary>
    /// The largest item that is sent, in bytes; larger ones are refused before sending, also where the backend is another. What the server takes (memcached's <c>-I</c>) is learned on
    /// connecting, and the smaller of the two counts.
    /// </summary>
    /// <value>The default is null: the server's limit, 1 MiB until it is known, and for backends that are no memcached. Allowed are 1 KiB to 1 GiB.</value>
    public int? ItemSizeLimit { get; set; }

    /// <summary>
    /// What becomes of a value that is above the store's item limit. What was split is read whatever this says; versions of this library that do not know chunks take it
    /// for a miss.
    /// </summary>
    /// <value>The default is <see cref="LargeValues.Refuse"/>.</value>
    public LargeValues LargeValues { get; set; } = LargeValues.Refuse;

    /// <summary>The largest value that is split (<see cref="LargeValues.Chunk"/>) and put together again, in bytes as it is stored: serialized, compressed where that helps.</summary>
    /// <value>The default is 64 MiB. Allowed are 1 KiB to 1 GiB.</value>
    public int MaxValueSize { get; set; } = 64 << 20;

    /// <summary>Read every acknowledged write back and compare.</summary>
    /// <value>The default is false: integrity is in the envelope and costs no extra read.</value>
    public bool VerifyWrites { get; set; }

    /// <summary>How many operations may wait for one server; more fail at once.</summary>
    /// <value>The default is 16,384.</value>
    public int MaxQueuedOperations { get; set; } = 16_384;

    /// <summary>How many bytes of requests may wait for one server; more fail at once.</summary>
    /// <value>The default is 32 MiB.</value>
    public int MaxQueuedBytes { get; set; } = 32 << 20;

    /// <summary>
    /// How many connections to each server callers share. A key has always the same one. Values above 64 KiB have another beside them, made when there are any, so that small
    /// ones do not wait behind them. The bounds on what waits are for all of them together.
    /// </summary>
    /// <value>The default is 1. Allowed are 1 to 16.</value>
    public int ConnectionsPerServer { get; set; } = 1;

    /// <summary>
    /// After how many failures in a row (connections refused or lost, replies not in time) a server is not asked any more: calls fail at once, until a request of our own, sent up to twice a
    /// second, is answered.
    /// </summary>
    /// <value>The default is 3. Allowed are 1 to 1,000.</value>
    public int FailureThreshold { get; set; } = 3;

    /// <summary>
    /// A file that the embedded server keeps its entries in across restarts, for development: sealed with DataProtection, readable by its owner only, one process at a time, after a crash up to
    /// five seconds behind. Its folder must be there. Without an embedded server of the provider's own it means nothing. Read at startup.
    /// </summary>
    /// <value>The default is null: in memory only.</value>
    public string? LocalPath { get; set; }

    /// <summary>How values without a serializer of their own become JSON. Give it a source-generated resolver for trimmed applications.</summary>
    /// <value>The default is null: <see cref="JsonSerializerDefaults.Web"/> with public fields, where reflection is allowed.</value>
    /// <remarks>
    /// A copy of the options is used, taken when the cache is made. With any options a value that would come back as less than it is throws <see cref="NotSupportedException"/> when it is stored: one whose type
    /// derives from the type that is declared, without these options knowing how to make it again; one with a property or field that nothing can set again; a stream. Private state is not seen.
    /// </remarks>
    public JsonSerializerOptions? Json { get; set; }

    /// <summary>The configuration section these are from, by which messages name settings: that of a cache with a name is another.</summary>
    internal string Section { get; set; } = DefaultSection;

    /// <summary>The options of the fallback servers: these, but for where they are and how long they may take.</summary>
    internal MemcachedOptions OfFallback()
    {
        var options = (MemcachedOptions)MemberwiseClone();
        options.Servers = Fallback.Servers;
        options.Timeout = Fallback.Timeout;
        options.ConnectTimeout = ConnectTimeout < Fallback.Timeout ? ConnectTimeout : Fallback.Timeout;
        options.Embedded = null;

        // Nothing is stored there any more, at any server.
        options.OnDeadServer = OnDeadServer.Miss;
        return options;
    }
}
