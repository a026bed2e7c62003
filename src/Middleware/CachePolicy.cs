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

    /// <summary>5 minutes; encryption, compression and serializer as the options say.</summary>
    public static CachePolicy Default { get; } = new();

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
            : throw new ArgumentOutOfRangeException(name, value, "An expiration must be positive. What never expires is CachePolicy.Forever.");
}
