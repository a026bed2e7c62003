using System.Text.Json;

namespace ScopedCaching.Memcached;

/// <summary>What happens when the cache fails.</summary>
public enum OnFailure
{
    /// <summary>Reads miss and writes are dropped; faults are counted and logged.</summary>
    Miss,

    /// <summary>A <see cref="MemcachedException"/> is thrown.</summary>
    Throw,
}

/// <summary>What happens to the keys of a server that is down, if there are several servers.</summary>
public enum OnDeadServer
{
    /// <summary>They miss, and writes are dropped, until the server is back.</summary>
    Miss,

    /// <summary>
    /// The next server on the ring takes them over in the meantime. Entries stored there live for at most <see cref="MemcachedOptions.FailoverLife"/>. Generations and counters, which
    /// must be the same for all processes, never move.
    /// </summary>
    NextServer,
}

/// <summary>How the servers are found.</summary>
public enum ServerDiscovery
{
    /// <summary>Each configured name is one server, whose address may change.</summary>
    None,

    /// <summary>Each configured name stands for as many servers as it has addresses, as with Kubernetes' headless services.</summary>
    Dns,
}

/// <summary>
/// The settings of the cache, from the configuration section <c>Cache</c>, the environment (<c>CACHE_HOST</c>,
/// <c>CACHE_PORT</c>) and code, in ascending order of precedence. Validated at startup. <see cref="Servers"/> and their
/// connection settings, the handling of dead servers, the timeouts and <see cref="Enabled"/> may change while the application runs.
/// </summary>
public sealed class MemcachedOptions
{
    internal const string DefaultSection = "Cache";

    /// <summary>The prefix of all wire keys, so that several applications can share a server.</summary>
    /// <value>The default is the application's name.</value>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// The backend that stores the entries: one of the names in <see cref="CacheBackends"/>, ignoring case, or the key under which the application registers its own <see cref="ICacheStore"/>.
    /// Any other name is an error at startup that lists the known ones. A change requires a restart.
    /// </summary>
    /// <value>The default is null: <see cref="CacheBackends.Memcached"/> if there are <see cref="Servers"/>; in Development without any, <see cref="CacheBackends.Embedded"/>.</value>
    public string? Backend { get; set; }

    /// <summary>
    /// The memcached servers. If the <see cref="Backend"/> is not set, an empty list means the embedded server in Development and is an error elsewhere. Has no effect on
    /// backends other than <see cref="CacheBackends.Memcached"/>.
    /// </summary>
    /// <value>The default is empty.</value>
    public IList<MemcachedEndpoint> Servers { get; set; } = [];

    /// <summary>How the servers are found. With <see cref="ServerDiscovery.Dns"/>, every name in <see cref="Servers"/> is resolved at startup and then every <see cref="DiscoveryInterval"/>.</summary>
    /// <value>The default is <see cref="ServerDiscovery.None"/>.</value>
    public ServerDiscovery Discovery { get; set; } = ServerDiscovery.None;

    /// <summary>How often names are resolved with <see cref="ServerDiscovery.Dns"/>. If a name does not resolve, its servers stay as they were.</summary>
    /// <value>The default is 30 seconds. Allowed are 1 second to 1 hour.</value>
    public TimeSpan DiscoveryInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What happens to the keys of a server that is down. Has no effect if there is only one server.</summary>
    /// <value>The default is <see cref="OnDeadServer.Miss"/>.</value>
    public OnDeadServer OnDeadServer { get; set; } = OnDeadServer.Miss;

    /// <summary>
    /// The maximum lifetime of an entry that was stored on another server because its own server was down. For this long, values that were replaced or removed may reappear if processes disagree about whether the
    /// server is down, or if a server repeatedly goes down and comes back.
    /// </summary>
    /// <value>The default is 10 seconds. Allowed are 1 second to 5 minutes.</value>
    public TimeSpan FailoverLife { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Servers that the application is moving away from. Only used if memcached is the backend.</summary>
    /// <value>The default has none.</value>
    public MemcachedFallbackOptions Fallback { get; set; } = new();

    /// <summary>
    /// An embedded server to use instead of <see cref="Servers"/>; the caller must dispose it. For tests. Has no effect on backends other than
    /// <see cref="CacheBackends.Memcached"/> and <see cref="CacheBackends.Embedded"/>.
    /// </summary>
    /// <value>The default is null.</value>
    public EmbeddedMemcached? Embedded { get; set; }

    /// <summary>How long opening a connection may take.</summary>
    /// <value>The default is 1 second. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an operation may take, including any connecting it needs.</summary>
    /// <value>The default is 1 second. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The user name for authentication on every connection, if the servers require it (memcached's <c>-Y</c>). User name and password together may have at most 250 bytes, and no blanks, control
    /// characters or colons. Without <see cref="Tls"/> both are sent as plain text.
    /// </summary>
    /// <value>The default is null: no authentication.</value>
    public string? Username { get; set; }

    /// <summary>The password of <see cref="Username"/>, without blanks and control characters. It is never logged, and appears in no message.</summary>
    /// <value>The default is null: no authentication.</value>
    public string? Password { get; set; }

    /// <summary>TLS to the servers. Has no effect on <see cref="Embedded"/> servers.</summary>
    /// <value>The default is no TLS.</value>
    public MemcachedTlsOptions Tls { get; set; } = new();

    /// <summary>Whether values above <see cref="CompressionThreshold"/> are compressed when that makes them smaller.</summary>
    /// <value>The default is true.</value>
    public bool Compress { get; set; } = true;

    /// <summary>The size, in bytes, from which a value is compressed.</summary>
    /// <value>The default is 1,024 bytes.</value>
    public int CompressionThreshold { get; set; } = 1024;

    /// <summary>
    /// Whether values are encrypted with ASP.NET Core DataProtection. Without encryption, a digest protects values against accidents and mix-ups, but
    /// not against anyone who controls the server or the network.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Encrypt { get; set; } = true;

    /// <summary>
    /// Whether counters are sealed, too (in the configuration: <c>Encrypt</c> = <c>Always</c>). The server then cannot add to them: each change is a read and a compare-and-swap,
    /// repeated if another caller was faster. Counters created with one setting are not found with the other.
    /// </summary>
    /// <value>The default is false: counters are the server's own, in plain text.</value>
    public bool EncryptCounters { get; set; }

    /// <summary>The kill switch. If false, reads miss and writes are dropped; removals still run, so that old values do not reappear.</summary>
    /// <value>The default is true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// A secret for hashing wire keys (HMAC-SHA256), with at least 16 characters, the same in every process that shares the cache. Without it
    /// the hash is a plain SHA-256, and anyone who can see the server's keys can test guesses of customer and key against them.
    /// </summary>
    /// <value>The default is null: a plain hash.</value>
    public string? KeySecret { get; set; }

    /// <summary>How the caches handle a fault of the cache server. The raw <see cref="IMemcachedClient"/> always throws.</summary>
    /// <value>The default is <see cref="OnFailure.Miss"/>.</value>
    public OnFailure OnFailure { get; set; } = OnFailure.Miss;

    /// <summary>
    /// The largest item that is sent, in bytes. Larger items are rejected before sending, also with other backends. The server's own limit (memcached's <c>-I</c>) is read when
    /// connecting, and the smaller of the two applies.
    /// </summary>
    /// <value>The default is null: the server's limit, or 1 MiB until it is known and for backends other than memcached. Allowed are 1 KiB to 1 GiB.</value>
    public int? ItemSizeLimit { get; set; }

    /// <summary>
    /// What happens to a value that exceeds the store's item limit. Values that have been split are read whatever this setting is. Versions of this library that do not support chunks treat them
    /// as misses.
    /// </summary>
    /// <value>The default is <see cref="LargeValues.Refuse"/>.</value>
    public LargeValues LargeValues { get; set; } = LargeValues.Refuse;

    /// <summary>The largest value that is split (<see cref="LargeValues.Chunk"/>) and put together again, in bytes as stored: serialized, and compressed if that helps.</summary>
    /// <value>The default is 64 MiB. Allowed are 1 KiB to 1 GiB.</value>
    public int MaxValueSize { get; set; } = 64 << 20;

    /// <summary>Whether every acknowledged write is read back and compared.</summary>
    /// <value>The default is false: the envelope ensures integrity, at no extra read.</value>
    public bool VerifyWrites { get; set; }

    /// <summary>How many operations may wait for one server; further ones fail immediately.</summary>
    /// <value>The default is 16,384.</value>
    public int MaxQueuedOperations { get; set; } = 16_384;

    /// <summary>How many bytes of requests may wait for one server; further ones fail immediately.</summary>
    /// <value>The default is 32 MiB.</value>
    public int MaxQueuedBytes { get; set; } = 32 << 20;

    /// <summary>
    /// How many connections to each server all callers share. A key always uses the same one. Values above 64 KiB use one additional connection per server, which is opened when needed, so that small
    /// values do not wait behind large ones. The limits on waiting operations and bytes apply to all of a server's connections together.
    /// </summary>
    /// <value>The default is 1. Allowed are 1 to 16.</value>
    public int ConnectionsPerServer { get; set; } = 1;

    /// <summary>
    /// The number of consecutive failures (connections refused or lost, replies too late) after which a server is no longer asked. Calls then fail immediately, until a probe request, sent up to twice a
    /// second, is answered.
    /// </summary>
    /// <value>The default is 3. Allowed are 1 to 1,000.</value>
    public int FailureThreshold { get; set; } = 3;

    /// <summary>
    /// A file that preserves the embedded server's entries across restarts, for development. It is sealed with DataProtection, readable only by its owner, used by one process at a time, and up to five
    /// seconds behind after a crash. Its folder must exist. It has no effect unless the provider creates the embedded server itself. Read at startup.
    /// </summary>
    /// <value>The default is null: in memory only.</value>
    public string? LocalPath { get; set; }

    /// <summary>How values without their own serializer are converted to JSON. For trimmed applications, set a source-generated resolver.</summary>
    /// <value>The default is null: <see cref="JsonSerializerDefaults.Web"/> with public fields, where reflection is allowed.</value>
    /// <remarks>
    /// The options are copied when the cache is created. Whatever the options, storing a value that would lose data throws <see cref="NotSupportedException"/>: a value whose type
    /// derives from the declared type and which these options cannot recreate; a value with a property or field that cannot be set again; a stream. Private state is not checked.
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
