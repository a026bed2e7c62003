namespace ScopedCaching;

/// <summary>A type that can stand in the key of a cached function.</summary>
public interface ICacheKeyPart
{
    /// <summary>
    /// What tells one value from another of the same type: equal values must give equal texts, different ones different texts. Any text; independent of
    /// culture and process. It is never seen on the server.
    /// </summary>
    string CacheKeyPart { get; }
}
