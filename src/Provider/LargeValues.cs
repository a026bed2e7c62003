namespace ScopedCaching.Memcached;

/// <summary>What happens to a value that exceeds the store's item limit.</summary>
public enum LargeValues
{
    /// <summary>It is rejected before anything is sent: <see cref="MemcachedValueTooLargeException"/>.</summary>
    Refuse,

    /// <summary>It is split into chunks, up to <see cref="MemcachedOptions.MaxValueSize"/>. Every process that reads it needs a version of this library that supports chunks.</summary>
    Chunk,
}
