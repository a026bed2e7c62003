namespace ScopedCaching.Memcached;

/// <summary>What becomes of a value that is above the store's item limit.</summary>
public enum LargeValues
{
    /// <summary>It is refused before anything is sent: <see cref="MemcachedValueTooLargeException"/>.</summary>
    Refuse,

    /// <summary>It is split into chunks, up to <see cref="MemcachedOptions.MaxValueSize"/>. Every cache that reads it needs a version of this library that knows chunks.</summary>
    Chunk,
}
