namespace ScopedCaching.Memcached;

/// <summary>
/// When a raw item expires. The default value never expires. Durations of any length and points in time are allowed: values that memcached would misinterpret
/// (over 30 days, fractions of a second, past points in time) are converted before they are sent. An item that has already expired is not stored.
/// Source: memcached <c>doc/protocol.txt</c>, "Expiration times".
/// </summary>
public readonly record struct Expiry
{
    private Expiry(TimeSpan? after, DateTimeOffset? at) => (After, At) = (after, at);

    /// <summary>The item lives until it is evicted or removed.</summary>
    public static Expiry Never => default;

    internal TimeSpan? After { get; }

    internal DateTimeOffset? At { get; }

    /// <summary>Expires this long from now; zero or less has already expired. Fractions of a second are rounded up.</summary>
    public static implicit operator Expiry(TimeSpan after) => FromTimeSpan(after);

    /// <summary>Expires at a point in time.</summary>
    public static implicit operator Expiry(DateTimeOffset at) => FromDateTimeOffset(at);

    /// <summary>Expires this long from now; the same as the conversion.</summary>
    public static Expiry FromTimeSpan(TimeSpan after) => new(after, at: null);

    /// <summary>Expires at a point in time; the same as the conversion.</summary>
    public static Expiry FromDateTimeOffset(DateTimeOffset at) => new(after: null, at);
}
