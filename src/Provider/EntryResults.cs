namespace ScopedCaching.Memcached;

/// <summary>The outcome of a read.</summary>
public enum ReadOutcome
{
    /// <summary>There is no entry.</summary>
    Miss,

    /// <summary>The entry was found and could be opened.</summary>
    Hit,

    /// <summary>
    /// An entry was found but could not be opened: it was damaged, moved, past its deadline, sealed under a key this process does not have, or of another type. Treat it as a miss.
    /// </summary>
    Unopenable,

    /// <summary>The cache could not be reached. Treat it as a miss.</summary>
    Unavailable,

    /// <summary>The entry belongs to a generation before a clear, or before the removal of one of its tags. Treat it as a miss.</summary>
    Outdated,

    /// <summary>The entry was found and could be opened, but is no longer fresh: usable for callers that accept a stale value.</summary>
    Stale,
}

/// <summary>The outcome of a write.</summary>
public enum WriteOutcome
{
    /// <summary>Stored; or, if no acknowledgement was requested, sent.</summary>
    Stored,

    /// <summary>The condition was not met: the entry existed (add), did not exist (replace), or had changed (compare and swap).</summary>
    NotStored,

    /// <summary>Dropped: the cache could not be reached, or rejected the write.</summary>
    Unavailable,

    /// <summary>Dropped, because the cache is switched off (<see cref="MemcachedOptions.Enabled"/>).</summary>
    Disabled,
}

/// <summary>The outcome of a removal. Callers must always know whether it was delivered, so failure has its own value.</summary>
public enum RemoveOutcome
{
    /// <summary>The entry existed and was removed.</summary>
    Removed,

    /// <summary>There was no entry.</summary>
    NotFound,

    /// <summary>The removal did not reach the cache, and the entry may still be there.</summary>
    Undelivered,
}

/// <summary>The condition of a write.</summary>
public enum WriteCondition
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Only if there is no entry (add).</summary>
    IfAbsent,

    /// <summary>Only if there is an entry (replace).</summary>
    IfPresent,

    /// <summary>Only if the entry still has <see cref="EntryWrite.Version"/> (compare and swap).</summary>
    IfVersion,
}

/// <summary>How a value is written. Immutable; worth keeping and reusing.</summary>
public sealed record EntryWrite
{
    /// <summary>How long the entry lives.</summary>
    /// <value>The default is <see cref="EntryLife.Forever"/>.</value>
    public EntryLife Life { get; init; }

    /// <summary>How the value is converted to bytes.</summary>
    /// <value>The default is <see cref="EntryFormat.Default"/>.</value>
    public EntryFormat Format { get; init; } = EntryFormat.Default;

    /// <summary>The condition of the write.</summary>
    /// <value>The default is <see cref="WriteCondition.Always"/>.</value>
    public WriteCondition Condition { get; init; }

    /// <summary>The version seen by the read that this write depends on, for <see cref="WriteCondition.IfVersion"/>.</summary>
    public ulong Version { get; init; }

    /// <summary>Whether the write does not wait for the server's acknowledgement; errors are then only counted.</summary>
    /// <value>The default is false.</value>
    public bool FireAndForget { get; init; }

    /// <summary>How long the value is fresh. Afterwards it is stale until <see cref="Life"/> ends. Only through <see cref="IFreshStore"/>.</summary>
    /// <value>The default is null: fresh for its whole lifetime.</value>
    public TimeSpan? FreshFor { get; init; }

    /// <summary>Tags by which the entry can be removed. Only through <see cref="IFreshStore"/>.</summary>
    /// <value>The default is <see cref="EntryTags.None"/>.</value>
    public EntryTags Tags { get; init; } = EntryTags.None;
}

/// <summary>The result of a read.</summary>
/// <typeparam name="T">The requested type.</typeparam>
public readonly struct SealedEntry<T>
{
    internal SealedEntry(ReadOutcome outcome) => Outcome = outcome;

    internal SealedEntry(T? value, ulong version, DateTimeOffset? deadline) =>
        (Outcome, Value, Version, Deadline) = (ReadOutcome.Hit, value, version, deadline);

    /// <summary>The outcome of the read.</summary>
    public ReadOutcome Outcome { get; }

    /// <summary>Whether there is a value, which may be null.</summary>
    public bool Found => Outcome == ReadOutcome.Hit;

    /// <summary>The value if <see cref="Found"/>.</summary>
    public T? Value { get; }

    /// <summary>The entry's version, for <see cref="WriteCondition.IfVersion"/>.</summary>
    public ulong Version { get; }

    /// <summary>The sealed deadline; null if the entry has none.</summary>
    public DateTimeOffset? Deadline { get; }
}
