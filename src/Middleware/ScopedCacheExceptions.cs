namespace ScopedCaching;

/// <summary>
/// The scope of a cache cannot be determined: the customer, user or session was not found in the request, or the cache belongs to another request. Nothing
/// was read or stored, and a wider level is never used instead. The message says what to configure; it contains no customer and no key.
/// </summary>
public sealed class ScopeUnavailableException(string message, StorageLevel? level = null) : InvalidOperationException(message)
{
    /// <summary>The requested level; null if the cache was used outside its request.</summary>
    public StorageLevel? Level { get; } = level;
}

/// <summary>A value that had to be stored was not stored. The message does not contain its key.</summary>
public sealed class CacheWriteException(string message, Exception? innerException = null) : Exception(message, innerException);
