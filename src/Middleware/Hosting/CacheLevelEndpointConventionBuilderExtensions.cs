using ScopedCaching;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Chooses the level of <see cref="IScopedCache.Cache"/> for endpoints and groups.</summary>
public static class CacheLevelEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Makes <see cref="IScopedCache.Cache"/> the cache of <paramref name="level"/> for the endpoint, or for the group's endpoints that have no level of their own.
    /// </summary>
    public static TBuilder CacheLevel<TBuilder>(this TBuilder builder, StorageLevel level)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var metadata = new CacheLevelAttribute(level);
        builder.Add(endpoint => endpoint.Metadata.Add(metadata));
        return builder;
    }
}
