using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>What the caches did in a request. Found in <c>HttpContext.Features</c> once <c>UseScopedCache()</c> ran or a cache was injected. Thread-safe.</summary>
public interface IScopedCacheFeature
{
    /// <summary>A snapshot of the operations, oldest first: the latest 256 of them. Operations on many keys count once a key.</summary>
    IReadOnlyList<ScopedCacheOperation> Operations { get; }

    /// <summary>How many operations there were in all.</summary>
    long OperationCount { get; }
}

/// <summary>What was asked of a cache.</summary>
public enum CacheOperationKind
{
    /// <summary>A read.</summary>
    Get,

    /// <summary>A read that creates what is missing.</summary>
    GetOrCreate,

    /// <summary>A write.</summary>
    Set,

    /// <summary>A write only where nothing is.</summary>
    Add,

    /// <summary>A write only where something is.</summary>
    Replace,

    /// <summary>A removal.</summary>
    Remove,

    /// <summary>A new life for what is there.</summary>
    Touch,

    /// <summary>Adding to or subtracting from a counter.</summary>
    Count,

    /// <summary>Making all of a level or view a miss. The key hash is that of no entry.</summary>
    Clear,

    /// <summary>Making everything with a tag a miss. The key hash is that of no entry.</summary>
    RemoveByTag,

    /// <summary>A new value made of the one before.</summary>
    Update,
}

/// <summary>Where an answer came from.</summary>
public enum CacheTier
{
    /// <summary>From none: there was no value, or it was no read.</summary>
    None,

    /// <summary>What the request had read before.</summary>
    Request,

    /// <summary>This process's memory.</summary>
    Local,

    /// <summary>The shared cache; or this process's memory after the shared cache had said that it is current.</summary>
    Shared,
}

/// <summary>What came of it.</summary>
public enum CacheOperationOutcome
{
    /// <summary>The value came from the cache.</summary>
    Hit,

    /// <summary>The value came from the cache, and is past its time.</summary>
    Stale,

    /// <summary>There was no usable value; get-or-create ran its factory, or waited for one that was running.</summary>
    Miss,

    /// <summary>Stored, touched or counted.</summary>
    Stored,

    /// <summary>Not stored, because the operation's condition was not met, or the cache is switched off.</summary>
    NotStored,

    /// <summary>The value was there, and is gone.</summary>
    Removed,

    /// <summary>There was nothing to remove.</summary>
    NotFound,

    /// <summary>The cache could not be reached, or refused, or the operation ended with an exception.</summary>
    Failed,
}

/// <summary>One operation of a cache.</summary>
public readonly struct ScopedCacheOperation
{
    private readonly ISealedStore _store;
    private readonly EntryAddress _address;

    internal ScopedCacheOperation(
        StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, TimeSpan elapsed, ISealedStore store, EntryAddress address) =>
        (Level, Kind, Outcome, Tier, Elapsed, _store, _address) = (level, kind, outcome, tier, elapsed, store, address);

    /// <summary>The level.</summary>
    public StorageLevel Level { get; }

    /// <summary>What was asked.</summary>
    public CacheOperationKind Kind { get; }

    /// <summary>What came of it.</summary>
    public CacheOperationOutcome Outcome { get; }

    /// <summary>Where the answer of a read came from.</summary>
    public CacheTier Tier { get; }

    /// <summary>How long it took, a factory and resolving the scope included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>A short hash that names the entry without its key: 16 hexadecimal digits. Computed when asked for.</summary>
    public string KeyHash => _address.Scope is null ? "" : _store.Fingerprint(_address);
}
