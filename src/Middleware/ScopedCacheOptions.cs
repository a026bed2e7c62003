namespace ScopedCaching;

/// <summary>
/// The settings of the scoped caches, from the configuration section <c>Cache</c> (<c>DefaultLevel</c>, <c>DefaultExpiration</c>,
/// <c>CustomerClaim</c>, <c>SessionClaim</c>, <c>LocalSizeLimit</c>, <c>GenerationPoll</c>, <c>RecentKeys</c>, <c>RecentKeysPath</c>, <c>Policies</c>) and code, where code wins. Validated at startup. Policies
/// and the default one's expiration follow the configuration at run time, the rest is read once. Not thread-safe.
/// </summary>
public sealed class ScopedCacheOptions
{
    /// <summary>The level of <see cref="IScopedCache.Cache"/> where no <see cref="CacheLevelAttribute"/> says otherwise.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>. Allowed are Stack and Service.</value>
    public StorageLevel DefaultLevel { get; set; } = StorageLevel.Stack;

    /// <summary>The policy of calls that have none.</summary>
    /// <value>The default is <see cref="CachePolicy.Default"/>: 5 minutes.</value>
    public CachePolicy DefaultPolicy { get; set; } = CachePolicy.Default;

    /// <summary>Policies by name, for <see cref="IScopedCache.GetPolicy"/>. The configuration's (<c>Cache:Policies:users:Expiration</c>) stand here too; code wins.</summary>
    public IDictionary<string, CachePolicy> Policies { get; } = new Dictionary<string, CachePolicy>(StringComparer.Ordinal);

    /// <summary>How many bytes of this process's memory values take that are kept there (<see cref="CachePolicy.LocalFor"/>), as far as it can be estimated.</summary>
    /// <value>The default is 64 MiB. 0 keeps nothing. Read at startup.</value>
    public long LocalSizeLimit { get; set; } = 64 << 20;

    /// <summary>
    /// Whether the generations of what is kept in this process's memory are asked for every 250 ms, so that a clear or the removal of a tag by another process is seen within
    /// that time, whatever <see cref="CachePolicy.LocalFor"/>. Costs a value-less read for each level, view and tag in use.
    /// </summary>
    /// <value>The default is false. Read at startup.</value>
    public bool GenerationPoll { get; set; }

    /// <summary>
    /// How many recently used keys this process remembers, for the inspector and the command line: each once, up to 1,024 characters long. They may hold what belongs to customers; they are shown nowhere else.
    /// </summary>
    /// <value>The default is null: 1,000 in Development, else none. 0 remembers none; at most 100,000. Read at startup.</value>
    public int? RecentKeys { get; set; }

    /// <summary>
    /// A file that recent keys are kept in across restarts, shared by the processes that name it: sealed with DataProtection, readable by its owner only, up to five seconds behind. Its folder must be there.
    /// </summary>
    /// <value>The default is null: in memory only. Read at startup.</value>
    public string? RecentKeysPath { get; set; }

    /// <summary>Where the customer key comes from.</summary>
    /// <value>The default is the claim <c>customer_key</c>.</value>
    public CustomerResolution Customer { get; } = new();

    /// <summary>Where the session id comes from.</summary>
    /// <value>The default is the claim <c>sid</c>.</value>
    public SessionResolution Session { get; } = new();

    /// <summary>Where the user's id comes from, which is part of the session level's scope.</summary>
    /// <value>The default is the claim <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>, else <c>sub</c>, else the identity's name.</value>
    public UserResolution User { get; } = new();

    internal const int DefaultRecentKeys = 1000;

    internal const int MostRecentKeys = 100_000;

    /// <summary>What the configuration section holds that cannot be used; reported by validation, so that all of it is seen at once.</summary>
    internal List<string> ConfigurationProblems { get; } = [];
}
