using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>One scope, whoever it belongs to; whether that may be is decided before.</summary>
internal sealed class SingleScopeSource(EntryScope scope, StorageLevel level) : IScopeSource
{
    public StorageLevel Level => level;

    public OperationLog? Log => null;

    public bool IsFixed => true;

    public RequestMemory? Memory => null;

    public bool IsBypassed => false;

    public CancellationToken Aborted => CancellationToken.None;

    public ValueTask<EntryScope> ScopeAsync(StorageLevel level, string view) => new(view.Length == 0 ? scope : scope.WithView(view));

    public ValueTask<FixedScopeSource> FixAsync() => throw new NotSupportedException("Nothing runs in the background here.");
}
