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

/// <summary>
/// The settings of the cache, from the configuration section <c>Cache</c>, the environment (<c>CACHE_HOST</c>,
/// <c>CACHE_PORT</c>) and code, where later wins. Validated at startup. <see cref="Servers"/>, the timeouts and
/// <see cref="Enabled"/> may change while the application runs.
/// </summary>
public sealed class MemcachedOptions
{
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

    /// <summary>The largest item the server takes, in bytes (memcached's <c>-I</c>); larger ones are refused before sending, also where the backend is another.</summary>
    /// <value>The default is 1 MiB. Allowed are 1 KiB to 1 GiB.</value>
    public int ItemSizeLimit { get; set; } = 1 << 20;

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
    /// A file that the embedded server keeps its entries in across restarts, for development: sealed with DataProtection, readable by its owner only, one process at a time, after a crash up to
    /// five seconds behind. Its folder must be there. Without an embedded server of the provider's own it means nothing. Read at startup.
    /// </summary>
    /// <value>The default is null: in memory only.</value>
    public string? LocalPath { get; set; }

    /// <summary>How values without a serializer of their own become JSON. Give it a source-generated resolver for trimmed applications.</summary>
    /// <value>The default is null: <see cref="JsonSerializerDefaults.Web"/> where reflection is allowed.</value>
    public JsonSerializerOptions? Json { get; set; }
}
