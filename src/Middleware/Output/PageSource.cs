using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>The one scope that a response was found to belong to.</summary>
internal sealed class PageSource(StorageLevel level, EntryScope scope, CancellationToken aborted) : IScopeSource
{
    public StorageLevel Level => level;

    /// <summary>The request's log tells what its own code asked of the caches.</summary>
    public OperationLog? Log => null;

    public bool IsFixed => false;

    /// <summary>A response is asked for once in a request.</summary>
    public RequestMemory? Memory => null;

    /// <summary>Who is not to be cached does not come here.</summary>
    public bool IsBypassed => false;

    public CancellationToken Aborted => aborted;

    public ValueTask<EntryScope> ScopeAsync(StorageLevel level, string view) => new(scope);

    /// <summary>Responses are rendered in their own request only.</summary>
    public ValueTask<FixedScopeSource> FixAsync() => throw new NotSupportedException();
}
