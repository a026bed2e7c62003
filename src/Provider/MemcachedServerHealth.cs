namespace ScopedCaching.Memcached;

/// <summary>
/// One server in the data of the health check (<c>AddHealthChecks().AddMemcached()</c>), where the key <c>servers</c> has an array of them. Plain properties, so that a writer of health responses prints them as they
/// are. Immutable; holds no key, value or password.
/// </summary>
public sealed record MemcachedServerHealth
{
    internal MemcachedServerHealth(string server, MemcachedServerState state) => (Server, State) = (server, state);

    /// <summary>The server's name, one of <see cref="IMemcachedClient.Servers"/>.</summary>
    public string Server { get; }

    /// <summary>Whether it answered.</summary>
    public MemcachedServerState State { get; }

    /// <summary>Its version, such as <c>1.6.18</c>; null where it did not answer.</summary>
    public string? Version { get; internal init; }

    /// <summary>
    /// How long it took to answer, in milliseconds, to the microsecond: from the call to the reply, as callers of the cache see it. Where there was no connection yet, making one is in it. Null where it did not answer.
    /// </summary>
    public double? RoundTripMilliseconds { get; internal init; }

    /// <summary>The type of the exception that its callers get, such as <c>MemcachedTlsException</c>; null where it answered.</summary>
    public string? Fault { get; internal init; }

    /// <summary>What is wrong, and what to do where that is known; null where it answered.</summary>
    public string? Message { get; internal init; }

    /// <summary>How many removals it has not got yet. They are delivered before anything is read from it.</summary>
    public int UndeliveredRemovals { get; internal init; }
}
