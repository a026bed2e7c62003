using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>What a view of a cache (<see cref="IScopedCache.GetCache"/>) does its own way. Immutable; worth keeping and reusing.</summary>
public sealed record CacheViewOptions
{
    /// <summary>Turns values into bytes and back, where the policy of a call has no serializer.</summary>
    /// <value>The default is null: strings, integers and bytes as themselves, everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }

    /// <summary>Whether values are encrypted, where the policy of a call does not say. With true, entries without encryption are misses.</summary>
    /// <value>The default is null: as <see cref="MemcachedOptions.Encrypt"/> says.</value>
    public bool? Encrypt { get; init; }

    /// <summary>The policy of calls that have none.</summary>
    /// <value>The default is null: <see cref="ScopedCacheOptions.DefaultPolicy"/>.</value>
    public CachePolicy? DefaultPolicy { get; init; }

    /// <summary>Which tiers are read and written.</summary>
    internal TierAccess Access { get; init; } = TierAccess.All;

    /// <summary>Whether a value that is set is kept in the process's memory as well, where its policy keeps values there at all.</summary>
    internal bool KeepsWhatIsSet { get; init; }

    /// <summary>Whether a created value that is above the server's item limit is answered, and logged, in place of an exception.</summary>
    internal bool AnswersWhatIsTooLarge { get; init; }
}
