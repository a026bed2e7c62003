namespace ScopedCaching.Memcached;

/// <summary>The keys allowed in the configuration section <c>Cache</c>; other keys are reported at startup as having no effect. Higher layers add their own.</summary>
public sealed class MemcachedSectionKeys
{
    /// <summary>The known keys, ignoring case.</summary>
    public ISet<string> Known { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
}
