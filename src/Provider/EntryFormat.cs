namespace ScopedCaching.Memcached;

/// <summary>How a value becomes bytes, where a cache or a policy differs from the options. Immutable.</summary>
public sealed record EntryFormat
{
    /// <summary>As the options say.</summary>
    public static EntryFormat Default { get; } = new();

    /// <summary>
    /// Whether the value is encrypted. Reading with true refuses an entry that is not encrypted: it is a miss, because whoever
    /// controls the server could have written it.
    /// </summary>
    /// <value>The default is null: as <see cref="MemcachedOptions.Encrypt"/> says.</value>
    public bool? Encrypt { get; init; }

    /// <summary>Whether a value above the threshold is compressed.</summary>
    /// <value>The default is null: as <see cref="MemcachedOptions.Compress"/> says.</value>
    public bool? Compress { get; init; }

    /// <summary>Turns values into bytes and back.</summary>
    /// <value>The default is null: strings, integers and bytes as themselves, everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }
}
