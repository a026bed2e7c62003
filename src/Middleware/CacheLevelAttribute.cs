namespace ScopedCaching;

/// <summary>
/// Says which level <see cref="IScopedCache.Cache"/> is for an endpoint. The most specific one wins: action, then controller, then
/// group, then <see cref="ScopedCacheOptions.DefaultLevel"/>. For minimal APIs see also <c>.CacheLevel(…)</c>. Immutable.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class CacheLevelAttribute(StorageLevel level) : Attribute
{
    /// <summary>The level of <see cref="IScopedCache.Cache"/>.</summary>
    public StorageLevel Level { get; } = Enum.IsDefined(level) ? level : throw new ArgumentOutOfRangeException(nameof(level));
}
