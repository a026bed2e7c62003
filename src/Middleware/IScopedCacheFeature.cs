using ScopedCaching.Memcached;

namespace ScopedCaching;

/// <summary>The operations of the caches in a request. Available in <c>HttpContext.Features</c> once <c>UseScopedCache()</c> has run or a cache was injected. Thread-safe.</summary>
public interface IScopedCacheFeature
{
    /// <summary>A snapshot of the latest 256 operations, oldest first. An operation on many keys counts once per key.</summary>
    IReadOnlyList<ScopedCacheOperation> Operations { get; }

    /// <summary>The total number of operations.</summary>
    long OperationCount { get; }
}

/// <summary>The kinds of cache operations.</summary>
public enum CacheOperationKind
{
    /// <summary>A read.</summary>
    Get,

    /// <summary>A read that creates missing values.</summary>
    GetOrCreate,

    /// <summary>A write.</summary>
    Set,

    /// <summary>A write only if there is no value.</summary>
    Add,

    /// <summary>A write only if there is a value.</summary>
    Replace,

    /// <summary>A removal.</summary>
    Remove,

    /// <summary>Restarting a value's lifetime.</summary>
    Touch,

    /// <summary>Adding to or subtracting from a counter.</summary>
    Count,

    /// <summary>Clearing a level or view. The key hash does not belong to any entry.</summary>
    Clear,

    /// <summary>Removing by tag. The key hash does not belong to any entry.</summary>
    RemoveByTag,

    /// <summary>Replacing a value with one computed from it.</summary>
    Update,
}

/// <summary>The tier that an answer came from.</summary>
public enum CacheTier
{
    /// <summary>No tier: there was no value, or the operation was not a read.</summary>
    None,

    /// <summary>Values that the request had read before.</summary>
    Request,

    /// <summary>This process's memory.</summary>
    Local,

    /// <summary>The shared cache, or this process's memory after the shared cache confirmed that the value is current.</summary>
    Shared,
}

/// <summary>The outcome of an operation.</summary>
public enum CacheOperationOutcome
{
    /// <summary>The value came from the cache.</summary>
    Hit,

    /// <summary>The value came from the cache, and has expired.</summary>
    Stale,

    /// <summary>There was no usable value. Get-or-create ran its factory, or waited for one that was already running.</summary>
    Miss,

    /// <summary>Stored, touched or counted.</summary>
    Stored,

    /// <summary>Not stored, because the operation's condition was not met, or because the cache is switched off.</summary>
    NotStored,

    /// <summary>The value existed and was removed.</summary>
    Removed,

    /// <summary>There was nothing to remove.</summary>
    NotFound,

    /// <summary>The cache could not be reached or rejected the operation, or the operation ended with an exception.</summary>
    Failed,
}

/// <summary>An operation of a cache.</summary>
public readonly struct ScopedCacheOperation
{
    private readonly ISealedStore _store;
    private readonly EntryAddress _address;

    internal ScopedCacheOperation(
        StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, TimeSpan elapsed, ISealedStore store, EntryAddress address) =>
        (Level, Kind, Outcome, Tier, Elapsed, _store, _address) = (level, kind, outcome, tier, elapsed, store, address);

    /// <summary>The level.</summary>
    public StorageLevel Level { get; }

    /// <summary>The kind of operation.</summary>
    public CacheOperationKind Kind { get; }

    /// <summary>The outcome.</summary>
    public CacheOperationOutcome Outcome { get; }

    /// <summary>The tier that the answer of a read came from.</summary>
    public CacheTier Tier { get; }

    /// <summary>How long it took, including the factory and resolving the scope.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>A short hash that identifies the entry without revealing its key: 16 hexadecimal digits. Computed on each access.</summary>
    public string KeyHash => _address.Scope is null ? "" : _store.Fingerprint(_address);
}
