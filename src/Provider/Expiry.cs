namespace ScopedCaching.Memcached;

/// <summary>
/// When a raw item ends. The default never does. Durations of any length and moments are allowed: what memcached would take for something else
/// (over 30 days, fractions of a second, past moments) is converted before it is sent. An item already past is not stored.
/// Source: memcached <c>doc/protocol.txt</c>, "Expiration times".
/// </summary>
public readonly record struct Expiry
{
    private Expiry(TimeSpan? after, DateTimeOffset? at) => (After, At) = (after, at);

    /// <summary>Lives until it is evicted or removed.</summary>
    public static Expiry Never => default;

    internal TimeSpan? After { get; }

    internal DateTimeOffset? At { get; }

    /// <summary>Ends so long from now; zero or less is already past. Fractions of a second are rounded up.</summary>
    public static implicit operator Expiry(TimeSpan after) => FromTimeSpan(after);

    /// <summary>Ends at a moment.</summary>
    public static implicit operator Expiry(DateTimeOffset at) => FromDateTimeOffset(at);

    /// <summary>Ends so long from now; the same as the conversion.</summary>
    public static Expiry FromTimeSpan(TimeSpan after) => new(after, at: null);

    /// <summary>Ends at a moment; the same as the conversion.</summary>
    public static Expiry FromDateTimeOffset(DateTimeOffset at) => new(after: null, at);
}
