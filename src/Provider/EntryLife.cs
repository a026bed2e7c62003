namespace ScopedCaching.Memcached;

/// <summary>How long an entry lives. The default value lives until it is evicted or removed.</summary>
/// <param name="Absolute">From now until the sealed deadline, which is checked on every read; null for none. Must be positive.</param>
/// <param name="Sliding">
/// The entry ends when it was not read for so long; null for none. Must be positive. memcached counts whole seconds, so a
/// fraction is rounded up; above 16,777,215 s it is shortened to that. Never outlives <paramref name="Absolute"/>.
/// </param>
public readonly record struct EntryLife(TimeSpan? Absolute = null, TimeSpan? Sliding = null)
{
    /// <summary>Lives until it is evicted or removed.</summary>
    public static EntryLife Forever => default;
}
