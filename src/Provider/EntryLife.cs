namespace ScopedCaching.Memcached;

/// <summary>How long an entry lives. With the default value, it lives until it is evicted or removed.</summary>
/// <param name="Absolute">The time from now until the sealed deadline, which is checked on every read; null for none. Must be positive.</param>
/// <param name="Sliding">
/// The entry expires if it has not been read for this long; null for none. Must be positive. memcached counts whole seconds, so
/// fractions are rounded up; values above 16,777,215 s are reduced to that. An entry never outlives <paramref name="Absolute"/>.
/// </param>
public readonly record struct EntryLife(TimeSpan? Absolute = null, TimeSpan? Sliding = null)
{
    /// <summary>The entry lives until it is evicted or removed.</summary>
    public static EntryLife Forever => default;
}
