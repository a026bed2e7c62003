namespace ScopedCaching.Memcached;

/// <summary>
/// One server in the data of the health check (<c>AddHealthChecks().AddMemcached()</c>), which contains an array of them under the key <c>servers</c>. It has plain properties, so that health response writers print them as they
/// are. Immutable; contains no key, value or password.
/// </summary>
public sealed record MemcachedServerHealth
{
    internal MemcachedServerHealth(string server, MemcachedServerState state) => (Server, State) = (server, state);

    /// <summary>The server's name, one of <see cref="IMemcachedClient.Servers"/>.</summary>
    public string Server { get; }

    /// <summary>Whether it answered.</summary>
    public MemcachedServerState State { get; }

    /// <summary>Its version, for example <c>1.6.18</c>; null if it did not answer.</summary>
    public string? Version { get; internal init; }

    /// <summary>
    /// How long it took to answer, in milliseconds with microsecond precision: from the call to the reply, as callers of the cache experience it. If there was no connection yet, the time includes opening one. Null if it did not answer.
    /// </summary>
    public double? RoundTripMilliseconds { get; internal init; }

    /// <summary>The type of the exception that its callers get, for example <c>MemcachedTlsException</c>; null if it answered.</summary>
    public string? Fault { get; internal init; }

    /// <summary>What is wrong and, if known, how to fix it; null if it answered.</summary>
    public string? Message { get; internal init; }

    /// <summary>How many removals have not been delivered to it yet. They are delivered before anything is read from it.</summary>
    public int UndeliveredRemovals { get; internal init; }
}
