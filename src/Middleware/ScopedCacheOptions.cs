namespace ScopedCaching;

/// <summary>
/// The settings of the scoped caches, from the configuration section <c>Cache</c> (<c>DefaultLevel</c>, <c>DefaultExpiration</c>,
/// <c>CustomerClaim</c>, <c>SessionClaim</c>) and code, where code wins. Validated at startup. Not thread-safe; read once.
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

    /// <summary>Where the customer key comes from.</summary>
    /// <value>The default is the claim <c>customer_key</c>.</value>
    public CustomerResolution Customer { get; } = new();

    /// <summary>Where the session id comes from.</summary>
    /// <value>The default is the claim <c>sid</c>.</value>
    public SessionResolution Session { get; } = new();

    /// <summary>Where the user's id comes from, which is part of the session level's scope.</summary>
    /// <value>The default is the claim <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>, else <c>sub</c>, else the identity's name.</value>
    public UserResolution User { get; } = new();

    /// <summary>What the configuration section holds that cannot be used; reported by validation, so that all of it is seen at once.</summary>
    internal List<string> ConfigurationProblems { get; } = [];
}
