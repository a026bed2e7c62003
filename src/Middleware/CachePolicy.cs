using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>
/// How values are stored. Immutable: vary one with <c>with</c>, and keep it in a static field where it is used often. A <see cref="TimeSpan"/>
/// converts to the policy that expires after it. Thread-safe.
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

    /// <summary>5 minutes; encryption, compression and serializer as the options say.</summary>
    public static CachePolicy Default { get; } = new();

    /// <summary>The default policy, and kept in this process's memory for 10 seconds (<see cref="LocalFor"/>).</summary>
    public static CachePolicy Local { get; } = new() { LocalFor = TimeSpan.FromSeconds(10) };

    /// <summary>Never expires: the value lives until it is removed or evicted.</summary>
    public static CachePolicy Forever { get; } = new() { Expiration = null };

    /// <summary>How long after it was stored the value ends; null for never.</summary>
    /// <value>The default is 5 minutes. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? Expiration
    {
        get => _expiration;
        init => _expiration = Positive(value, nameof(Expiration));
    }

    /// <summary>
    /// The value ends when it was not read for so long; null for no such end. It never outlives <see cref="Expiration"/>, so set that too,
    /// to something longer or to null. Whole seconds count, fractions are rounded up.
    /// </summary>
    /// <value>The default is null. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? SlidingExpiration
    {
        get => _slidingExpiration;
        init => _slidingExpiration = Positive(value, nameof(SlidingExpiration));
    }

    /// <summary>
    /// How long after <see cref="Expiration"/> a value may still be answered while a new one is made: one caller in the whole fleet runs the factory, the
    /// others get the stale value at once, and so does everybody when the factory fails. Reads other than get-or-create never answer a stale value.
    /// </summary>
    /// <value>The default is null: no stale answers. Must be positive; without an <see cref="Expiration"/> nothing is ever stale.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? StaleFor
    {
        get => _staleFor;
        init => _staleFor = Positive(value, nameof(StaleFor));
    }

    /// <summary>
    /// How long before <see cref="Expiration"/> a get-or-create refreshes the value: one caller in the whole fleet. With a factory that takes services of its own it
    /// does so after answering, in the background; with any other it waits for its factory, while the others get the present value.
    /// </summary>
    /// <value>The default is null: no refresh before the end. Must be positive, and less than <see cref="Expiration"/> to be of use.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? RefreshAhead
    {
        get => _refreshAhead;
        init => _refreshAhead = Positive(value, nameof(RefreshAhead));
    }

    /// <summary>Up to so much is taken off <see cref="Expiration"/> by chance at each write, so that what was stored together does not end together.</summary>
    /// <value>The default is zero. Must not be negative; at most nine tenths of <see cref="Expiration"/> are taken off.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan Jitter
    {
        get => _jitter;
        init => _jitter = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Jitter must not be negative.");
    }

    /// <summary>
    /// How long a value is kept in this process's memory, where a read costs no round trip. Within that time a change made by another process is not seen. Afterwards
    /// it is asked for by its version, and fetched only when it changed. Entries with a <see cref="SlidingExpiration"/> are not kept.
    /// </summary>
    /// <value>The default is null: not kept. Must be positive; 10 seconds are a good start.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? LocalFor
    {
        get => _localFor;
        init => _localFor = Positive(value, nameof(LocalFor));
    }

    /// <summary>Whether a value that was read is kept for the rest of the request: the same key twice in a request is one read. Writes through the same request's caches are seen.</summary>
    /// <value>The default is true.</value>
    public bool OncePerRequest { get; init; } = true;

    /// <summary>
    /// How long a get-or-create that has a stale value waits for its factory before it answers that one; the factory goes on in the background. Only for a
    /// factory that takes services of its own: any other must end within its request.
    /// </summary>
    /// <value>The default is null: as long as it takes. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? FactorySoftTimeout
    {
        get => _factorySoftTimeout;
        init => _factorySoftTimeout = Positive(value, nameof(FactorySoftTimeout));
    }

    /// <summary>
    /// How long a factory may take: then its token is cancelled, and the call ends with a stale value or a <see cref="TimeoutException"/>. A factory that works
    /// with the request's own services is waited for until it obeys its token.
    /// </summary>
    /// <value>The default is null: as long as it takes. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? FactoryHardTimeout
    {
        get => _factoryHardTimeout;
        init => _factoryHardTimeout = Positive(value, nameof(FactoryHardTimeout));
    }

    /// <summary>
    /// How long a factory's lease on the entry, held in memcached, lasts after its process's last sign of life: what a process that dies in mid-factory costs the others. A
    /// living one renews it every third of that time.
    /// </summary>
    /// <value>The default is 5 seconds. At least 1 second.</value>
    /// <exception cref="ArgumentOutOfRangeException">Below one second.</exception>
    public TimeSpan LeaseTime
    {
        get => _leaseTime;
        init => _leaseTime = value >= TimeSpan.FromSeconds(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "LeaseTime must be one second or more.");
    }

    /// <summary>How long a null lives that a factory returned or a caller stored: "there is no such thing" is often worth less time than the thing.</summary>
    /// <value>The default is null: as long as any value. Must be positive.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan? NullExpiration
    {
        get => _nullExpiration;
        init => _nullExpiration = Positive(value, nameof(NullExpiration));
    }

    /// <summary>Tags, by which values can be removed together (<see cref="ICache.RemoveByTagAsync"/>). They belong to the level and its customer, and are sealed with the value.</summary>
    /// <value>The default is none. At most 64, each 1 to 256 characters long.</value>
    /// <exception cref="ArgumentException">A tag is empty or too long, or there are too many.</exception>
    public IReadOnlyList<string> Tags
    {
        get => EntryTags.Names;
        init => EntryTags = Memcached.EntryTags.Of(value);
    }

    /// <summary>
    /// Whether the value is encrypted. A value that was stored without encryption is found only by a read that says false too, through
    /// the same policy or a view (<see cref="IScopedCache.GetCache"/>): whoever controls the server could have written it.
    /// </summary>
    /// <value>The default is null: as the view, else <see cref="MemcachedOptions.Encrypt"/> says.</value>
    public bool? Encrypt { get; init; }

    /// <summary>Whether the value is compressed when it is large and that makes it smaller.</summary>
    /// <value>The default is null: as <see cref="MemcachedOptions.Compress"/> says.</value>
    public bool? Compress { get; init; }

    /// <summary>Turns values into bytes and back. Reads need the same one, through the same policy or a view (<see cref="IScopedCache.GetCache"/>).</summary>
    /// <value>The default is null: the view's, else strings, integers and bytes as themselves and everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }

    /// <summary>Do not wait for the server's word that a value was stored. A write then counts as stored once it is sent, and errors are counted only.</summary>
    /// <value>The default is false.</value>
    public bool FireAndForget { get; init; }

    /// <summary>The tags as the layer below takes them.</summary>
    internal EntryTags EntryTags { get; private init; } = EntryTags.None;

    /// <summary>The policy that expires so long after storing; the same as <see cref="For"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    [SuppressMessage("Usage", "CA2225", Justification = "The named form is For, which reads better where it is written.")]
    public static implicit operator CachePolicy(TimeSpan expiration) => For(expiration);

    /// <summary>The default policy with another expiration.</summary>
    /// <param name="expiration">How long after it was stored a value ends. For "never" see <see cref="Forever"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static CachePolicy For(TimeSpan expiration) => new() { Expiration = Positive(expiration, nameof(expiration)) };

    private static TimeSpan? Positive(TimeSpan? value, string name) =>
        value > TimeSpan.Zero || value is null
            ? value
            : throw new ArgumentOutOfRangeException(name, value, name.Equals(nameof(Expiration), StringComparison.OrdinalIgnoreCase)
                ? "An expiration must be positive. What never expires is CachePolicy.Forever."
                : $"{name} must be positive, or null.");
}
