using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// Defines how values are stored. Immutable: derive variants with <c>with</c>, and keep policies that are used often in static fields. A <see cref="TimeSpan"/>
/// converts to a policy with that expiration. Thread-safe.
/// </summary>
public sealed record CachePolicy
{
    private readonly TimeSpan? _expiration = TimeSpan.FromMinutes(5);
    private readonly TimeSpan? _slidingExpiration;
    private readonly TimeSpan? _staleFor;
    private readonly TimeSpan? _refreshAhead;
    private readonly TimeSpan? _localFor;
    private readonly TimeSpan? _factorySoftTimeout;
    private readonly TimeSpan? _factoryHardTimeout;
    private readonly TimeSpan? _nullExpiration;
    private readonly TimeSpan _jitter;
    private readonly TimeSpan _leaseTime = TimeSpan.FromSeconds(5);

    /// <summary>Expires after 5 minutes. Encryption, compression and serializer are those of the options.</summary>
    public static CachePolicy Default { get; } = new();

    /// <summary>The default policy; values are also kept in this process's memory for 10 seconds (<see cref="LocalFor"/>).</summary>
    public static CachePolicy Local { get; } = new() { LocalFor = TimeSpan.FromSeconds(10) };

    /// <summary>Never expires: values live until they are removed or evicted.</summary>
    public static CachePolicy Forever { get; } = new() { Expiration = null };

    /// <summary>How long a value lives after it was stored; null for no limit.</summary>
    /// <value>The default is 5 minutes. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? Expiration
    {
        get => _expiration;
        init => _expiration = Positive(value, nameof(Expiration));
    }

    /// <summary>
    /// The value expires if it has not been read for this long; null for no sliding expiration. A value never outlives <see cref="Expiration"/>, so set that as well,
    /// to a longer time or to null. The unit is whole seconds; fractions are rounded up.
    /// </summary>
    /// <value>The default is null. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? SlidingExpiration
    {
        get => _slidingExpiration;
        init => _slidingExpiration = Positive(value, nameof(SlidingExpiration));
    }

    /// <summary>
    /// How long after <see cref="Expiration"/> a value may still be returned while a new one is being created. One caller in the whole fleet runs the factory, and the
    /// others get the stale value immediately. If the factory fails, all callers get the stale value. Only get-or-create returns stale values; other reads never do.
    /// </summary>
    /// <value>The default is null: no stale values. Must be positive. Without an <see cref="Expiration"/> no value ever becomes stale.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? StaleFor
    {
        get => _staleFor;
        init => _staleFor = Positive(value, nameof(StaleFor));
    }

    /// <summary>
    /// How long before <see cref="Expiration"/> a get-or-create call refreshes the value; one caller in the whole fleet does so. If the factory takes its own services, the caller
    /// gets its answer first, and the refresh runs in the background. Otherwise the caller waits for its factory, while the others get the current value.
    /// </summary>
    /// <value>The default is null: no early refresh. Must be positive, and is useful only if less than <see cref="Expiration"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? RefreshAhead
    {
        get => _refreshAhead;
        init => _refreshAhead = Positive(value, nameof(RefreshAhead));
    }

    /// <summary>The largest random amount that is subtracted from <see cref="Expiration"/> at each write, so that values stored together do not expire together.</summary>
    /// <value>The default is zero. Must not be negative; at most nine tenths of <see cref="Expiration"/> are subtracted.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan Jitter
    {
        get => _jitter;
        init => _jitter = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Jitter must not be negative.");
    }

    /// <summary>
    /// How long a value is kept in this process's memory, where a read costs no round trip. During this time, changes made by other processes are not seen. Afterwards
    /// the value is checked by its version, and fetched only if it has changed. Entries with a <see cref="SlidingExpiration"/> are not kept.
    /// </summary>
    /// <value>The default is null: not kept. Must be positive; 10 seconds are a good start.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? LocalFor
    {
        get => _localFor;
        init => _localFor = Positive(value, nameof(LocalFor));
    }

    /// <summary>Whether a value that was read is kept for the rest of the request, so that reading the same key twice in a request costs one read. Writes through the same request's caches are seen.</summary>
    /// <value>The default is true.</value>
    public bool OncePerRequest { get; init; } = true;

    /// <summary>
    /// How long a get-or-create call that has a stale value waits for its factory before it returns the stale value; the factory then continues in the background. Applies only to
    /// factories that take their own services, because any other factory must end within its request.
    /// </summary>
    /// <value>The default is null: no limit. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? FactorySoftTimeout
    {
        get => _factorySoftTimeout;
        init => _factorySoftTimeout = Positive(value, nameof(FactorySoftTimeout));
    }

    /// <summary>
    /// How long a factory may take. Then its token is cancelled, and the call returns a stale value or throws a <see cref="TimeoutException"/>. If the factory uses
    /// the request's own services, the call waits until the factory has ended in response to its token.
    /// </summary>
    /// <value>The default is null: no limit. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? FactoryHardTimeout
    {
        get => _factoryHardTimeout;
        init => _factoryHardTimeout = Positive(value, nameof(FactoryHardTimeout));
    }

    /// <summary>
    /// How long a factory's lease on the entry, held in memcached, lasts after the last sign of life from its process. If a process dies while running a factory, this is the time the others lose. A
    /// live process renews its lease every third of this time.
    /// </summary>
    /// <value>The default is 5 seconds. At least 1 second.</value>
    /// <exception cref="ArgumentOutOfRangeException">Below one second.</exception>
    public TimeSpan LeaseTime
    {
        get => _leaseTime;
        init => _leaseTime = value >= TimeSpan.FromSeconds(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "LeaseTime must be one second or more.");
    }

    /// <summary>How long a null lives that was returned by a factory or stored by a caller. The information that something does not exist is often worth keeping for a shorter time than the thing itself.</summary>
    /// <value>The default is null: as long as any other value. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? NullExpiration
    {
        get => _nullExpiration;
        init => _nullExpiration = Positive(value, nameof(NullExpiration));
    }

    /// <summary>Tags by which values can be removed together (<see cref="ICache.RemoveByTagAsync"/>). They belong to the level and its customer, and are sealed with the value.</summary>
    /// <value>The default is none. At most 64, each 1 to 256 characters long.</value>
    /// <exception cref="ArgumentException">A tag is empty or too long, or there are too many.</exception>
    public IReadOnlyList<string> Tags
    {
        get => EntryTags.Names;
        init => EntryTags = Memcached.EntryTags.Of(value);
    }

    /// <summary>
    /// Whether the value is encrypted. A value that was stored without encryption is found only by reads that also specify false, through
    /// the same policy or a view (<see cref="IScopedCache.GetCache"/>), because anyone who controls the server could have written it.
    /// </summary>
    /// <value>The default is null: the view's setting, or else <see cref="MemcachedOptions.Encrypt"/>.</value>
    public bool? Encrypt { get; init; }

    /// <summary>Whether a large value is compressed when that makes it smaller.</summary>
    /// <value>The default is null: the setting of <see cref="MemcachedOptions.Compress"/>.</value>
    public bool? Compress { get; init; }

    /// <summary>Converts values to bytes and back. Reads need the same serializer, through the same policy or a view (<see cref="IScopedCache.GetCache"/>).</summary>
    /// <value>The default is null: the view's serializer, or else strings, integers and bytes are stored as they are and everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }

    /// <summary>Whether writes do not wait for the server's acknowledgement. A write then counts as stored once it has been sent, and errors are only counted.</summary>
    /// <value>The default is false.</value>
    public bool FireAndForget { get; init; }

    /// <summary>The tags as the layer below takes them.</summary>
    internal EntryTags EntryTags { get; private init; } = EntryTags.None;

    /// <summary>Converts to a policy with this expiration; the same as <see cref="For"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    [SuppressMessage("Usage", "CA2225", Justification = "The named form is For, which reads better where it is written.")]
    public static implicit operator CachePolicy(TimeSpan expiration) => For(expiration);

    /// <summary>The default policy with a different expiration.</summary>
    /// <param name="expiration">How long a value lives after it was stored. For values that never expire, see <see cref="Forever"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static CachePolicy For(TimeSpan expiration) => new() { Expiration = Positive(expiration, nameof(expiration)) };

    private static TimeSpan? Positive(TimeSpan? value, string name) =>
        value > TimeSpan.Zero || value is null
            ? value
            : throw new ArgumentOutOfRangeException(name, value, name.Equals(nameof(Expiration), StringComparison.OrdinalIgnoreCase)
                ? "An expiration must be positive. For values that never expire, use CachePolicy.Forever."
                : $"{name} must be positive, or null.");
}
