namespace ScopedCaching;

/// <summary>
/// The settings of the scoped caches, from the configuration section <c>Cache</c> (<c>DefaultLevel</c>, <c>DefaultExpiration</c>,
/// <c>CustomerClaim</c>, <c>SessionClaim</c>, <c>LocalSizeLimit</c>, <c>GenerationPoll</c>, <c>RecentKeys</c>, <c>RecentKeysPath</c>, <c>Policies</c>) and from code; code takes precedence. Validated at startup. Policies
/// and the default policy's expiration follow configuration changes at run time; everything else is read once. Not thread-safe.
/// </summary>
public sealed class ScopedCacheOptions
{
    /// <summary>The level of <see cref="IScopedCache.Cache"/> for endpoints without a <see cref="CacheLevelAttribute"/>.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>. Stack and Service are allowed.</value>
    public StorageLevel DefaultLevel { get; set; } = StorageLevel.Stack;

    /// <summary>The policy of calls that do not specify one.</summary>
    /// <value>The default is <see cref="CachePolicy.Default"/>: 5 minutes.</value>
    public CachePolicy DefaultPolicy { get; set; } = CachePolicy.Default;

    /// <summary>Policies by name, for <see cref="IScopedCache.GetPolicy"/>. Policies from the configuration (<c>Cache:Policies:users:Expiration</c>) are included; code takes precedence.</summary>
    public IDictionary<string, CachePolicy> Policies { get; } = new Dictionary<string, CachePolicy>(StringComparer.Ordinal);

    /// <summary>The limit, in bytes, for values kept in this process's memory (<see cref="CachePolicy.LocalFor"/>). The size of a value is an estimate.</summary>
    /// <value>The default is 64 MiB. 0 disables local storage. Read at startup.</value>
    public long LocalSizeLimit { get; set; } = 64 << 20;

    /// <summary>
    /// Whether the generations of values kept in this process's memory are polled every 250 ms, so that a clear or a tag removal by another process takes effect within
    /// that time, whatever <see cref="CachePolicy.LocalFor"/> is. This costs one read without a value for each level, view and tag in use.
    /// </summary>
    /// <value>The default is false. Read at startup.</value>
    public bool GenerationPoll { get; set; }

    /// <summary>
    /// How many recently used keys this process remembers for the inspector and the command line; each key once, up to 1,024 characters long. Keys may contain customer data; they are shown nowhere else.
    /// </summary>
    /// <value>The default is null: 1,000 in Development, none elsewhere. 0 remembers none; the maximum is 100,000. Read at startup.</value>
    public int? RecentKeys { get; set; }

    /// <summary>
    /// A file that preserves recent keys across restarts, shared by all processes configured with it. It is sealed with DataProtection, readable only by its owner, and up to five seconds behind. Its folder must exist.
    /// </summary>
    /// <value>The default is null: in memory only. Read at startup.</value>
    public string? RecentKeysPath { get; set; }

    /// <summary>Where the customer key comes from.</summary>
    /// <value>The default is the claim <c>customer_key</c>.</value>
    public CustomerResolution Customer { get; } = new();

    /// <summary>Where the session id comes from.</summary>
    /// <value>The default is the claim <c>sid</c>.</value>
    public SessionResolution Session { get; } = new();

    /// <summary>Where the user's id comes from. It is part of the session level's scope.</summary>
    /// <value>The default is the claim <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>, or else <c>sub</c>, or else the identity's name.</value>
    public UserResolution User { get; } = new();

    internal const int DefaultRecentKeys = 1000;

    internal const int MostRecentKeys = 100_000;

    /// <summary>What the configuration section holds that cannot be used; reported by validation, so that all of it is seen at once.</summary>
    internal List<string> ConfigurationProblems { get; } = [];
}
