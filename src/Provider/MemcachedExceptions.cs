namespace ScopedCaching.Memcached;

/// <summary>The base of everything that can go wrong between this process and memcached. Messages never hold keys or values.</summary>
public class MemcachedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The caller asked for something that memcached cannot do, such as a key that is too long. Nothing was sent.</summary>
public class MemcachedClientException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>A value is above the server's item limit, or above what may be split into chunks. Nothing was sent, and what was stored before is still there.</summary>
public sealed class MemcachedValueTooLargeException : MemcachedClientException
{
    /// <summary>A value above the server's item limit.</summary>
    public MemcachedValueTooLargeException(long size, long limit)
        : this(
            size,
            limit,
            $"The value takes {size} bytes when stored, and the server's item limit is {limit} bytes. Store less, allow compression, let the caches split what is larger " +
            "('Cache:LargeValues' = 'Chunk'), or raise the limit on the server (memcached -I) and in 'Cache:ItemSizeLimit'.")
    {
    }

    private MemcachedValueTooLargeException(long size, long limit, string message)
        : base(message) => (Size, Limit) = (size, limit);

    /// <summary>The size of the item as it would have been stored, in bytes.</summary>
    public long Size { get; }

    /// <summary>The largest item the server takes, or the largest value that is split, in bytes.</summary>
    public long Limit { get; }

    internal static MemcachedValueTooLargeException ToBeSplit(long size, long limit) => new(
        size, limit, $"The value takes {size} bytes when stored, and the largest value that is split is {limit} bytes. Store less, allow compression, or raise 'Cache:MaxValueSize'.");
}

/// <summary>The server answered with an error, and the connection is still in step.</summary>
public class MemcachedServerException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server sent what the protocol does not allow, or answered another request than ours. The connection was closed.</summary>
public class MemcachedProtocolException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server cannot be reached, or the connection broke before the reply came.</summary>
public class MemcachedConnectionException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server is reachable but too much is waiting for it already. Nothing was sent.</summary>
public sealed class MemcachedOverloadedException(string message, Exception? innerException = null) : MemcachedConnectionException(message, innerException);

/// <summary>The reply did not come within <see cref="MemcachedOptions.Timeout"/>. The request may still have taken effect.</summary>
public class MemcachedTimeoutException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>A setting cannot be used. The message names its key and says what is allowed.</summary>
public class MemcachedConfigurationException(string message, Exception? innerException = null) : MemcachedException(message, innerException);
