using ScopedCaching.Caching;
using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>Evicts stored responses, through the cache they are in.</summary>
/// <param name="services">The caches.</param>
/// <param name="source">Whose they are, found at each call.</param>
/// <param name="fix">Those of an explicit customer, user and session.</param>
internal sealed class StackEviction(CacheServices services, Func<IScopeSource> source, Func<string?, string?, string?, IScopeSource> fix) : IOutputCacheStackEviction
{
    public async ValueTask<bool> EvictAsync(StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default) =>
        await Cache(level).ClearAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> EvictByTagAsync(
        IReadOnlyCollection<string> tags, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return await Cache(level).RemoveByTagAsync(tags, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> EvictByEndpointAsync(string routePattern, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(routePattern);
        return EvictByTagAsync([PageTerms.TagOf(routePattern)], level, cancellationToken);
    }

    public IOutputCacheStackEviction For(string? customer, string? user = null, string? session = null)
    {
        var fixedSource = fix(customer, user, session);
        return new StackEviction(services, () => fixedSource, fix);
    }

    private CacheView Cache(StorageLevel level) =>
        Enum.IsDefined(level) ? new CacheView(services, source(), level, PageScopes.View, options: null) : throw new ArgumentOutOfRangeException(nameof(level));
}
