namespace ScopedCaching;

/// <summary>Implemented by types that can be part of a cached function's key.</summary>
public interface ICacheKeyPart
{
    /// <summary>
    /// A text that distinguishes this value from others of the same type: equal values must return equal texts, different values different texts. Any text, independent of
    /// culture and process. The server never sees it.
    /// </summary>
    string CacheKeyPart { get; }
}
