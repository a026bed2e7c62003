using ScopedCaching;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Sets the level of <see cref="IScopedCache.Cache"/> for endpoints and groups.</summary>
public static class CacheLevelEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Sets the level of <see cref="IScopedCache.Cache"/> to <paramref name="level"/> for the endpoint, or for those endpoints of the group that have no level of their own.
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
