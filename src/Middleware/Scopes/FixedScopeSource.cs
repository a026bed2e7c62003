using ScopedCaching.Memcached;

namespace ScopedCaching.Scopes;

/// <summary>An explicit customer, user and session.</summary>
internal sealed class FixedScopeSource(EntryScopes scopes, StorageLevel defaultLevel, string? customer, string? user, string? session, bool isBypassed = false) : IScopeSource
{
    public StorageLevel Level => defaultLevel;

    public OperationLog? Log => null;

    // Who knows the scope already looks into the process's memory without asking further.
    public bool IsFixed => !isBypassed;

    public RequestMemory? Memory => null;

    public bool IsBypassed => isBypassed;

    public CancellationToken Aborted => CancellationToken.None;

    public ValueTask<EntryScope> ScopeAsync(StorageLevel level, string view) =>
        new(level switch
        {
            StorageLevel.Service => scopes.Service(view),
            StorageLevel.Stack => scopes.Stack(Known(customer, nameof(customer), level), view),
            StorageLevel.Session => scopes.Session(
                Known(customer, nameof(customer), level), Known(user, nameof(user), level), Known(session, nameof(session), level), view),
            _ => throw new ArgumentOutOfRangeException(nameof(level)),
        });

    public ValueTask<FixedScopeSource> FixAsync() => new(this);

    private static string Known(string? part, string name, StorageLevel level) =>
        string.IsNullOrWhiteSpace(part)
            ? throw new ScopeUnavailableException($"The {level} cache needs a {name}, but IScopedCacheFactory.Create was called without one. Pass it as the argument '{name}'.", level)
            : part;
}
