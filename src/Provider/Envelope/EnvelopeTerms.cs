namespace ScopedCaching.Memcached.Envelope;

/// <summary>What is sealed with a value.</summary>
/// <param name="Deadline">When the entry ends, kept in whole milliseconds, rounded down; null for never.</param>
/// <param name="Sliding">The sliding window, kept in whole seconds, rounded up; null for none.</param>
/// <param name="Generations">The ids that must still be current for the entry to count: 16 bytes each, at most 255.</param>
/// <param name="FreshUntil">From when on the value is stale, kept in whole milliseconds, rounded down; null for not before the deadline.</param>
/// <param name="Tags">What the layer above keeps beside the value, secret as the value is: at most 65,535 bytes.</param>
/// <param name="IsManifest">Whether not the value is sealed but where its chunks are.</param>
internal readonly record struct EnvelopeTerms(
    DateTimeOffset? Deadline,
    TimeSpan? Sliding,
    ReadOnlyMemory<byte> Generations = default,
    DateTimeOffset? FreshUntil = null,
    ReadOnlyMemory<byte> Tags = default,
    bool IsManifest = false);

/// <summary>An envelope that opened. Its memory is the sealed bytes' or the scratch buffer's, and lives as long.</summary>
internal readonly record struct OpenedEnvelope(
    ValueTag Tag,
    ReadOnlyMemory<byte> Payload,
    DateTimeOffset? Deadline,
    TimeSpan? Sliding,
    ReadOnlyMemory<byte> Generations,
    DateTimeOffset? FreshUntil = null,
    ReadOnlyMemory<byte> Tags = default);

/// <summary>What came of opening an envelope. Everything but <see cref="Opened"/> is a miss.</summary>
internal enum OpenOutcome
{
    /// <summary>Authentic, in time, readable.</summary>
    Opened,

    /// <summary>Authentic, and its deadline has passed.</summary>
    Expired,

    /// <summary>Damaged, moved from another address, or sealed under a data key that does not unwrap.</summary>
    Tampered,

    /// <summary>Its data key was protected by a DataProtection key that this process does not have.</summary>
    ForeignKeyRing,

    /// <summary>Written by a newer version of this library; must not be overwritten.</summary>
    NewerRevision,

    /// <summary>Not encrypted where encryption is demanded: whoever controls the server could have written it.</summary>
    NotEncrypted,

    /// <summary>A chunk of its value is no longer there.</summary>
    ChunkMissing,

    /// <summary>No envelope at all, cut short, or its content does not inflate within the limits.</summary>
    Malformed,
}
