namespace ScopedCaching.Memcached.Envelope;

/// <summary>What a sealed payload holds. The numbers are stored, and never change their meaning.</summary>
internal enum ValueTag : byte
{
    /// <summary>No value: not a tag.</summary>
    None = 0,

    /// <summary>UTF-8 text; or 0xFF, which UTF-8 never holds, and UTF-16LE, for text with half a surrogate pair.</summary>
    String = 1,

    /// <summary>JSON.</summary>
    Json = 2,

    /// <summary>Decimal ASCII digits, perhaps after a minus.</summary>
    Integer = 3,

    /// <summary>Only outside: the real tag is inside the ciphertext.</summary>
    Encrypted = 4,

    /// <summary>Bytes as they are.</summary>
    Bytes = 5,

    /// <summary>A stored null, which is not a miss. No payload.</summary>
    Null = 6,

    /// <summary>What an <see cref="IValueSerializer"/> wrote.</summary>
    Custom = 7,
}
