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
        $"The value takes {size} bytes when stored, and the server's item limit is {limit} bytes. Store less, allow compression, let the caches split what is larger " +
        $"('{section}:LargeValues' = 'Chunk'), or raise the limit on the server (memcached -I), and '{section}:ItemSizeLimit' where it is set.";

    private static string WhatIsSplit(long size, long limit, string section) =>
        $"The value takes {size} bytes when stored, and the largest value that is split is {limit} bytes. Store less, allow compression, or raise '{section}:MaxValueSize'.";
}

/// <summary>The server answered with an error, and the connection is still in step.</summary>
public class MemcachedServerException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server sent what the protocol does not allow, or answered another request than ours. The connection was closed.</summary>
public class MemcachedProtocolException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>The server cannot be reached, or the connection broke before the reply came.</summary>
public class MemcachedConnectionException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>
/// The server can be reached, and no connection comes about as things are set up: the message says what to change. Trying again is in vain until somebody has.
/// </summary>
public abstract class MemcachedLinkException(string message, Exception? innerException = null) : MemcachedConnectionException(message, innerException)
{
    /// <summary>The same for another caller: an exception that many threads throw grows by the trace of each.</summary>
    internal abstract MemcachedLinkException Again();
}

/// <summary>No TLS came about: one side does not trust the other's certificate, a certificate cannot be read, or one side does not speak TLS.</summary>
public sealed class MemcachedTlsException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedTlsException(Message, this);
}

/// <summary>The server does not accept <see cref="MemcachedOptions.Username"/> and <see cref="MemcachedOptions.Password"/>, or asks for them and there are none.</summary>
public sealed class MemcachedAuthenticationException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedAuthenticationException(Message, this);
}

/// <summary>The server is older than what this client can work with.</summary>
public sealed class MemcachedVersionException(string message, Exception? innerException = null) : MemcachedLinkException(message, innerException)
{
    internal override MemcachedLinkException Again() => new MemcachedVersionException(Message, this);
}

/// <summary>The server is reachable but too much is waiting for it already. Nothing was sent.</summary>
public sealed class MemcachedOverloadedException(string message, Exception? innerException = null) : MemcachedConnectionException(message, innerException);

/// <summary>
/// A removal did not reach the server, so the item may still be there. When it <see cref="IsRemembered"/>, it is made up for before anything is read from that server again.
/// </summary>
public sealed class MemcachedUndeliveredException(bool isRemembered, Exception? innerException = null)
    : MemcachedConnectionException(
        isRemembered
            ? "A removal did not reach the cache server. It is delivered before anything is read from that server again."
            : "A removal did not reach the cache server, and too many wait to be delivered already.",
        innerException)
{
    /// <summary>Whether the store will make up for it.</summary>
    public bool IsRemembered { get; } = isRemembered;
}

/// <summary>The reply did not come within <see cref="MemcachedOptions.Timeout"/>. The request may still have taken effect.</summary>
public class MemcachedTimeoutException(string message, Exception? innerException = null) : MemcachedException(message, innerException);

/// <summary>A setting cannot be used. The message names its key and says what is allowed.</summary>
public class MemcachedConfigurationException(string message, Exception? innerException = null) : MemcachedException(message, innerException);
