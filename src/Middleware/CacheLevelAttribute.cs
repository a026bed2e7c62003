namespace ScopedCaching;

/// <summary>
/// Sets the level of <see cref="IScopedCache.Cache"/> for an endpoint. The most specific setting wins: action, then controller, then
/// group, then <see cref="ScopedCacheOptions.DefaultLevel"/>. Minimal APIs can also use <c>.CacheLevel(…)</c>. Immutable.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class CacheLevelAttribute(StorageLevel level) : Attribute
{
    /// <summary>The level of <see cref="IScopedCache.Cache"/>.</summary>
    public StorageLevel Level { get; } = Enum.IsDefined(level) ? level : throw new ArgumentOutOfRangeException(nameof(level));
}
