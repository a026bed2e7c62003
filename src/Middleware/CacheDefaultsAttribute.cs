namespace ScopedCaching;

/// <summary>Default settings for the <see cref="CachedAttribute"/>s of a type. Settings missing here come from the application's default policy.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface)]
public sealed class CacheDefaultsAttribute : Attribute
{
    /// <inheritdoc cref="CachedAttribute.Seconds"/>
    public int Seconds { get; set; }

    /// <inheritdoc cref="CachedAttribute.Policy"/>
    public string? Policy { get; set; }

    /// <inheritdoc cref="CachedAttribute.Level"/>
    public StorageLevel Level { get; set; }

    /// <inheritdoc cref="CachedAttribute.KeyPrefix"/>
    public string? KeyPrefix { get; set; }

    /// <inheritdoc cref="CachedAttribute.Tags"/>
    public string[]? Tags { get; set; }

    /// <inheritdoc cref="CachedAttribute.Invoker"/>
    public Type? Invoker { get; set; }
}
