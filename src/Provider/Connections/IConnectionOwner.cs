namespace ScopedCaching.Memcached.Connections;

/// <summary>Whom a connection belongs to, and what it tells them. Called on the connection's thread, which must not be kept.</summary>
internal interface IConnectionOwner
{
    /// <summary>A reply came in time. Called for each.</summary>
    void Answered();

    /// <summary>A caller's time was over before the reply came.</summary>
    void TimedOut();

    /// <summary>The connection has ended; before those who wait on it are told.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="fault">Why.</param>
    /// <param name="isFailure">Whether somebody waited on it, or it never came to answer.</param>
    void Ended(MultiplexedConnection connection, Exception fault, bool isFailure);

    /// <summary>Sends a request once more, over another connection; false: it is not to be. Called after <see cref="Ended"/>.</summary>
    /// <param name="connection">The one that has ended.</param>
    /// <param name="operation">Its caller goes on waiting.</param>
    /// <param name="unsent">The request as it was to be sent; empty when it is a get, which is written anew.</param>
    bool TryRepeat(MultiplexedConnection connection, Operation operation, ReadOnlySpan<byte> unsent);

    /// <summary>The item of this key is large.</summary>
    void NoteLarge(ReadOnlySpan<byte> key);
}
