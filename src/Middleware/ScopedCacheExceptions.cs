namespace ScopedCaching;

/// <summary>
/// Whose cache it is cannot be told: customer, user or session were not found in the request, or the cache belongs to another request. Nothing
/// was read or stored, and never is at a wider level. The message says what to configure; it holds no customer and no key.
/// </summary>
public sealed class ScopeUnavailableException(string message, StorageLevel? level = null) : InvalidOperationException(message)
{
    /// <summary>The level that was asked for; null when the cache was used outside its request.</summary>
    public StorageLevel? Level { get; } = level;
}

/// <summary>A value that had to be stored was not. The message does not hold its key.</summary>
public sealed class CacheWriteException(string message, Exception? innerException = null) : Exception(message, innerException);
