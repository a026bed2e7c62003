namespace ScopedCaching.Memcached;

/// <summary>The base class of all faults between this process and memcached. Messages never contain keys or values.</summary>
public class MemcachedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The caller asked for something that memcached cannot do, such as a key that is too long. Nothing was sent.</summary>
public class MemcachedClientException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>A value exceeds the server's item limit, or the largest size that may be split into chunks. Nothing was sent, and the previously stored value is still there.</summary>
public sealed class MemcachedValueTooLargeException : MemcachedClientException
{
    /// <summary>A value that exceeds the server's item limit.</summary>
    public MemcachedValueTooLargeException(long size, long limit)
        : this(size, limit, MemcachedOptions.DefaultSection, isToBeSplit: false)
    {
    }

    /// <summary>The same, with the configuration section whose settings are named; or, to be split, a value above what may be.</summary>
    internal MemcachedValueTooLargeException(long size, long limit, string section, bool isToBeSplit)
        : base(isToBeSplit ? WhatIsSplit(size, limit, section) : WhatIsStored(size, limit, section)) => (Size, Limit) = (size, limit);

    /// <summary>The size of the item as it would have been stored, in bytes.</summary>
    public long Size { get; }

    /// <summary>The largest item that may be sent (the server's own limit, or a smaller <see cref="MemcachedOptions.ItemSizeLimit"/>), or the largest value that is split, in bytes.</summary>
    public long Limit { get; }

    private static string WhatIsStored(long size, long limit, string section) =>
        $"The value takes {size} bytes when stored, and the server's item limit is {limit} bytes. Store less, allow compression, let the caches split larger values " +
        $"('{section}:LargeValues' = 'Chunk'), or raise the limit on the server (memcached -I), and '{section}:ItemSizeLimit' if it is set.";

    private static string WhatIsSplit(long size, long limit, string section) =>
        $"The value takes {size} bytes when stored, and the largest value that is split is {limit} bytes. Store less, allow compression, or raise '{section}:MaxValueSize'.";
}

/// <summary>The server answered with an error. The connection is still usable.</summary>
public class MemcachedServerException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server violated the protocol, or answered a different request than ours. The connection was closed.</summary>
public class MemcachedProtocolException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server cannot be reached, or the connection broke before the reply came.</summary>
public class MemcachedConnectionException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>
/// The server is reachable, but the configuration prevents a connection. The message says what to change; retrying does not help until that has been done.
/// </summary>
public abstract class MemcachedLinkException(string message, Exception? innerException = null) : MemcachedConnectionException(message, innerException)
{
    /// <summary>The same for another caller: an exception that many threads throw grows by the trace of each.</summary>
    internal abstract MemcachedLinkException Again();
}

/// <summary>A TLS connection could not be established: one side does not trust the other's certificate, a certificate cannot be read, or one side does not use TLS.</summary>
public sealed class MemcachedTlsException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedTlsException(Message, this);
}

/// <summary>The server rejects <see cref="MemcachedOptions.Username"/> and <see cref="MemcachedOptions.Password"/>, or requires them and they are not set.</summary>
public sealed class MemcachedAuthenticationException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedAuthenticationException(Message, this);
}

/// <summary>The server is older than this client supports.</summary>
public sealed class MemcachedVersionException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedVersionException(Message, this);
}

/// <summary>The server is reachable, but too many requests are already waiting for it. Nothing was sent.</summary>
public sealed class MemcachedOverloadedException(string message, Exception? innerException = null) : MemcachedConnectionException(message, innerException);

/// <summary>
/// A removal did not reach the server, so the item may still be there. If it <see cref="IsRemembered"/>, it is delivered before anything else is read from that server.
/// </summary>
public sealed class MemcachedUndeliveredException(bool isRemembered, Exception? innerException = null)
    : MemcachedConnectionException(
        isRemembered
            ? "A removal did not reach the cache server. It is delivered before anything is read from that server again."
            : "A removal did not reach the cache server, and too many are already waiting to be delivered.",
        innerException)
{
    /// <summary>Whether the store will deliver the removal later.</summary>
    public bool IsRemembered { get; } = isRemembered;
}

/// <summary>The reply did not arrive within <see cref="MemcachedOptions.Timeout"/>. The request may still have taken effect.</summary>
public class MemcachedTimeoutException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>A setting is invalid. The message names its key and says what is allowed.</summary>
public class MemcachedConfigurationException(string message, Exception? innerException = null) : MemcachedException(message, innerException);
