namespace ScopedCaching.Memcached;

/// <summary>How a value is converted to bytes, for caches or policies that differ from the options. Immutable.</summary>
public sealed record EntryFormat
{
    /// <summary>The settings of the options.</summary>
    public static EntryFormat Default { get; } = new();

    /// <summary>
    /// Whether the value is encrypted. With true, reading an unencrypted entry is a miss, because anyone who
    /// controls the server could have written it.
    /// </summary>
    /// <value>The default is null: the setting of <see cref="MemcachedOptions.Encrypt"/>.</value>
    public bool? Encrypt { get; init; }

    /// <summary>Whether a value above the threshold is compressed.</summary>
    /// <value>The default is null: the setting of <see cref="MemcachedOptions.Compress"/>.</value>
    public bool? Compress { get; init; }

    /// <summary>Converts values to bytes and back.</summary>
    /// <value>The default is null: strings, integers and bytes are stored as they are, everything else as JSON.</value>
    public IValueSerializer? Serializer { get; init; }
}
