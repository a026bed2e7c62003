using ScopedCaching.Memcached;

namespace ScopedCaching.Scopes;

/// <summary>Whose caches they are: a request's, or an explicit customer's, user's and session's.</summary>
internal interface IScopeSource
{
    /// <summary>The level of <see cref="IScopedCache.Cache"/>. Never throws.</summary>
    StorageLevel Level { get; }

    /// <summary>Where operations are noted; null for nowhere.</summary>
    OperationLog? Log { get; }

    /// <summary>Whether the scope of a level and view is always the same, and nothing is noted or bypassed.</summary>
    bool IsFixed { get; }

    /// <summary>What the request has read; null outside requests.</summary>
    RequestMemory? Memory { get; }

    /// <summary>Whether this request asked not to be cached.</summary>
    bool IsBypassed { get; }

    /// <summary>Cancelled when the client of the request went away.</summary>
    CancellationToken Aborted { get; }

    /// <summary>The scope of a level.</summary>
    /// <exception cref="ScopeUnavailableException">It is not known, or the request is another.</exception>
    ValueTask<EntryScope> ScopeAsync(StorageLevel level, string view);

    /// <summary>The same customer, user and session, as far as they are known, for work that outlives the request.</summary>
    ValueTask<FixedScopeSource> FixAsync();
}
