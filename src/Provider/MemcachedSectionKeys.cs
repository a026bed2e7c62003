namespace ScopedCaching.Memcached;

/// <summary>The keys that may stand in the configuration section <c>Cache</c>; others are reported at startup as having no effect. Layers above add theirs.</summary>
public sealed class MemcachedSectionKeys
{
    /// <summary>The known keys, whatever their case.</summary>
    public ISet<string> Known { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
}
