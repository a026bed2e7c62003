using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>The settings of a view of a cache (<see cref="IScopedCache.GetCache"/>) that differ from the defaults. Immutable; worth keeping and reusing.</summary>
public sealed record CacheViewOptions
{
    /// <summary>Converts values to bytes and back, unless the policy of a call has its own serializer.</summary>
    /// <value>The default is null: strings, integers and bytes are stored as they are, everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }

    /// <summary>Whether values are encrypted, unless the policy of a call specifies it. If true, unencrypted entries are misses.</summary>
    /// <value>The default is null: the setting of <see cref="MemcachedOptions.Encrypt"/>.</value>
    public bool? Encrypt { get; init; }

    /// <summary>The policy of calls that do not specify one.</summary>
    /// <value>The default is null: <see cref="ScopedCacheOptions.DefaultPolicy"/>.</value>
    public CachePolicy? DefaultPolicy { get; init; }

    /// <summary>Which tiers are read and written.</summary>
    internal TierAccess Access { get; init; } = TierAccess.All;

    /// <summary>Whether a value that is set is kept in the process's memory as well, where its policy keeps values there at all.</summary>
    internal bool KeepsWhatIsSet { get; init; }

    /// <summary>Whether a created value that is above the server's item limit is answered, and logged, in place of an exception.</summary>
    internal bool AnswersWhatIsTooLarge { get; init; }
}
