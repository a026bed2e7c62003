namespace ScopedCaching.Memcached;

/// <summary>What came of a read.</summary>
public enum ReadOutcome
{
    /// <summary>There is no entry.</summary>
    Miss,

    /// <summary>The entry was there and opened.</summary>
    Hit,

    /// <summary>
    /// Something was there and did not open: damaged, moved, past its deadline, sealed under a key we do not have, or of another type. Treat as a miss.
    /// </summary>
    Unopenable,

    /// <summary>The cache could not be asked. Treat as a miss.</summary>
    Unavailable,

    /// <summary>The entry is of a generation before a clear, or before the removal of one of its tags. Treat as a miss.</summary>
    Outdated,

    /// <summary>The entry was there and opened, and is past its fresh time: an answer for whom a stale one will do.</summary>
    Stale,
}

/// <summary>What came of a write.</summary>
public enum WriteOutcome
{
    /// <summary>Stored; or sent, when it was not to be acknowledged.</summary>
    Stored,

    /// <summary>The condition was not met: the entry was there (add), was not there (replace), or had changed (compare and swap).</summary>
    NotStored,

    /// <summary>Dropped: the cache could not be reached, or refused.</summary>
    Unavailable,

    /// <summary>Dropped, because the cache is switched off (<see cref="MemcachedOptions.Enabled"/>).</summary>
    Disabled,
}

/// <summary>What came of a removal. Whether it was delivered must never be guessed, so failure has a name of its own.</summary>
public enum RemoveOutcome
{
    /// <summary>The entry was there, and is gone.</summary>
    Removed,

    /// <summary>There was no entry.</summary>
    NotFound,

    /// <summary>The removal did not reach the cache: the entry may still be there.</summary>
    Undelivered,
}

/// <summary>When a write takes place.</summary>
public enum WriteCondition
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Only when there is no entry (add).</summary>
    IfAbsent,

    /// <summary>Only when there is an entry (replace).</summary>
    IfPresent,

    /// <summary>Only when the entry still has <see cref="EntryWrite.Version"/> (compare and swap).</summary>
    IfVersion,
}

/// <summary>How a value is written. Immutable; worth keeping and reusing.</summary>
public sealed record EntryWrite
{
    /// <summary>How long the entry lives.</summary>
    /// <value>The default is <see cref="EntryLife.Forever"/>.</value>
    public EntryLife Life { get; init; }

    /// <summary>How the value becomes bytes.</summary>
    /// <value>The default is <see cref="EntryFormat.Default"/>.</value>
    public EntryFormat Format { get; init; } = EntryFormat.Default;

    /// <summary>When the write takes place.</summary>
    /// <value>The default is <see cref="WriteCondition.Always"/>.</value>
    public WriteCondition Condition { get; init; }

    /// <summary>The version seen by the read that this write depends on, for <see cref="WriteCondition.IfVersion"/>.</summary>
    public ulong Version { get; init; }

    /// <summary>Do not wait for the server's word; errors are then counted only.</summary>
    /// <value>The default is false.</value>
    public bool FireAndForget { get; init; }

    /// <summary>For how long the value is fresh; afterwards, until <see cref="Life"/> ends it, it is stale. Through <see cref="IFreshStore"/> only.</summary>
    /// <value>The default is null: fresh as long as it lives.</value>
    public TimeSpan? FreshFor { get; init; }

    /// <summary>Tags that the entry can be removed by. Through <see cref="IFreshStore"/> only.</summary>
    /// <value>The default is <see cref="EntryTags.None"/>.</value>
    public EntryTags Tags { get; init; } = EntryTags.None;
}

/// <summary>What a read found.</summary>
/// <typeparam name="T">The type that was asked for.</typeparam>
public readonly struct SealedEntry<T>
{
    internal SealedEntry(ReadOutcome outcome) => Outcome = outcome;

    internal SealedEntry(T? value, ulong version, DateTimeOffset? deadline) =>
        (Outcome, Value, Version, Deadline) = (ReadOutcome.Hit, value, version, deadline);

    /// <summary>What came of the read.</summary>
    public ReadOutcome Outcome { get; }

    /// <summary>Whether there is a value, which may be null.</summary>
    public bool Found => Outcome == ReadOutcome.Hit;

    /// <summary>The value, when <see cref="Found"/>.</summary>
    public T? Value { get; }

    /// <summary>The entry's version, for <see cref="WriteCondition.IfVersion"/>.</summary>
    public ulong Version { get; }

    /// <summary>The sealed deadline; null when the entry has none.</summary>
    public DateTimeOffset? Deadline { get; }
}
