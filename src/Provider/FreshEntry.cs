using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached;

/// <summary>How an entry is read. Immutable; worth keeping and reusing.</summary>
public sealed record EntryRead
{
    /// <summary>The settings of the options, no expected tags, the value as its type.</summary>
    public static EntryRead Default { get; } = new();

    /// <summary>How bytes are converted to the value.</summary>
    /// <value>The default is <see cref="EntryFormat.Default"/>.</value>
    public EntryFormat Format { get; init; } = EntryFormat.Default;

    /// <summary>The tags that the entry probably has. Their generations are read along with it. A wrong guess only costs a round trip.</summary>
    /// <value>The default is <see cref="EntryTags.None"/>.</value>
    public EntryTags Tags { get; init; } = EntryTags.None;

    /// <summary>Whether to return <see cref="FreshEntry{T}.Payload"/> instead of the value.</summary>
    /// <value>The default is false.</value>
    public bool AsPayload { get; init; }

    /// <summary>Whether there is an entry is all that is asked for: the chunks of a large value are not read.</summary>
    internal bool LooksOnly { get; init; }
}

/// <summary>The forms of values. The numbers are those of the value tags.</summary>
public enum EntryForm
{
    /// <summary>None: not written by this library.</summary>
    None = 0,

    /// <summary>Text.</summary>
    Text = 1,

    /// <summary>JSON in UTF-8.</summary>
    Json = 2,

    /// <summary>A whole number in ASCII digits.</summary>
    Number = 3,

    /// <summary>The original bytes.</summary>
    Bytes = 5,

    /// <summary>Null; there are no bytes.</summary>
    Null = 6,

    /// <summary>Written by the application's own serializer, or by a cached function.</summary>
    Custom = 7,
}

/// <summary>A value as bytes that are not shared with any other object. Immutable.</summary>
public sealed class EntryPayload
{
    internal EntryPayload(byte tag, ReadOnlyMemory<byte> bytes) => (Tag, Bytes) = (tag, bytes);

    /// <summary>The number of bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>The bytes, in the form that <see cref="Form"/> names.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The form of the bytes.</summary>
    public EntryForm Form => (EntryForm)Tag;

    internal byte Tag { get; }
}

/// <summary>The ids under which the entries of a scope are written: 16 random bytes for its level, for its view, and for each tag.</summary>
public sealed class EntryGenerations
{
    internal EntryGenerations(Guid level, Guid? view, EntryTags tags, Guid[] tagIds, long readAt) =>
        (Level, View, Tags, TagIds, ReadAt) = (level, view, tags, tagIds, readAt);

    /// <summary>Whether both can be current at the same time: no id that both contain differs.</summary>
    public bool AgreesWith(EntryGenerations other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Level == other.Level && View == other.View && !Tags.Names.Where((name, i) => other.TagId(name) is { } id && id != TagIds[i]).Any();
    }

    internal Guid Level { get; }

    internal Guid? View { get; }

    internal EntryTags Tags { get; }

    internal Guid[] TagIds { get; }

    /// <summary>How many changes of ids this process had noticed before it read these.</summary>
    internal long ReadAt { get; }

    internal Guid? TagId(string name)
    {
        for (var i = 0; i < TagIds.Length; i++)
        {
            if (string.Equals(Tags.Names[i], name, StringComparison.Ordinal))
            {
                return TagIds[i];
            }
        }

        return null;
    }
}

/// <summary>Identifies an entry without its value.</summary>
/// <param name="Version">The store's version.</param>
/// <param name="Generations">The ids under which it was written.</param>
/// <param name="EndsAt">When the store drops it, accurate to a second or two; null for never.</param>
[SuppressMessage("Design", "CA1815", Justification = "A record struct compares itself.")]
public readonly record struct EntryStamp(ulong Version, EntryGenerations Generations, DateTimeOffset? EndsAt);

/// <summary>The result of a read.</summary>
/// <typeparam name="T">The requested type.</typeparam>
public readonly struct FreshEntry<T>
{
    // Every read hands this on several times: times are kept as small as they can be, 0 for none.
    private readonly long _deadline;
    private readonly long _freshUntil;
    private readonly long _remaining;

    /// <summary>The outcome of the read.</summary>
    public ReadOutcome Outcome { get; init; }

    /// <summary>Whether there is a value, fresh or stale; it may be null.</summary>
    public bool Found => Outcome is ReadOutcome.Hit or ReadOutcome.Stale;

    /// <summary>The value if <see cref="Found"/>, unless <see cref="EntryRead.AsPayload"/> is set.</summary>
    public T? Value { get; init; }

    /// <summary>The value's bytes if <see cref="Found"/> and <see cref="EntryRead.AsPayload"/>.</summary>
    public EntryPayload? Payload { get; init; }

    /// <summary>The store's version of the entry, whether or not the entry is valid; 0 if there is none.</summary>
    public ulong Version { get; init; }

    /// <summary>The sealed deadline; null if the entry has none.</summary>
    public DateTimeOffset? Deadline
    {
        get => _deadline == 0 ? null : new DateTimeOffset(_deadline, TimeSpan.Zero);
        init => _deadline = value?.UtcTicks ?? 0;
    }

    /// <summary>Until when the value is fresh; null if it is fresh for its whole lifetime.</summary>
    public DateTimeOffset? FreshUntil
    {
        get => _freshUntil == 0 ? null : new DateTimeOffset(_freshUntil, TimeSpan.Zero);
        init => _freshUntil = value?.UtcTicks ?? 0;
    }

    /// <summary>How long the store will keep the entry, accurate to a second or two; null for ever.</summary>
    public TimeSpan? Remaining
    {
        get => _remaining == 0 ? null : TimeSpan.FromTicks(_remaining - 1);
        init => _remaining = value is { } left ? left.Ticks + 1 : 0;
    }

    /// <summary>Whether the entry has a sliding window.</summary>
    public bool IsSliding { get; init; }

    /// <summary>The ids that were current at the time of the read. After a read that takes a lease they are complete, and a value created now is written under them. Null if they could not be read.</summary>
    public EntryGenerations? Generations { get; init; }

    /// <summary>The lease, if this read took it.</summary>
    public EntryLease? Lease { get; init; }

    /// <summary>Whether another caller has the lease: wait, and read again.</summary>
    public bool IsLeased { get; init; }

    /// <summary>Whether this read took the lease on the entry itself.</summary>
    internal bool WonLease { get; init; }

    /// <summary>Whether the value stands in chunks, and is not read yet.</summary>
    internal bool IsManifest { get; init; }

    /// <summary>Whether the entry was written by a newer version of this library, so it must not be overwritten.</summary>
    public bool IsNewer { get; init; }
}

/// <summary>
/// The right to create or replace an entry, held by one caller in the whole fleet. It is kept alive while it is held; dispose it to let the
/// other callers continue. Thread-safe.
/// </summary>
public abstract class EntryLease : IAsyncDisposable
{
    private protected EntryLease()
    {
    }

    /// <summary>Stores the value, unless the entry has been set or removed, or leased to another caller, in the meantime.</summary>
    /// <exception cref="MemcachedValueTooLargeException">The sealed value exceeds the server's item limit and may not be split, or exceeds the largest size that may be split.</exception>
    public abstract ValueTask<WriteOutcome> StoreAsync<T>(T value, EntryWrite write, EntryGenerations generations);

    /// <summary>Lets the other callers continue. Does not throw if the cache cannot be reached.</summary>
    public abstract ValueTask DisposeAsync();
}
