using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Requests;
using ScopedCaching.Scopes;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the scoped caches to the request pipeline.</summary>
public static class ScopedCacheApplicationBuilderExtensions
{
    /// <summary>
    /// Resolves the customer and the session once, early in each request, and adds <see cref="IScopedCacheFeature"/> to the request. Place it after authentication. Without
    /// it, both happen when a cache is first used.
    /// </summary>
    /// <exception cref="InvalidOperationException"><c>AddMemcachedScopedCache()</c> was not called.</exception>
    public static IApplicationBuilder UseScopedCache(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var resolvers = app.ApplicationServices.GetService<ScopeResolvers>()
            ?? throw new InvalidOperationException("UseScopedCache() needs the scoped caches: call builder.Services.AddMemcachedScopedCache() first.");
        return app.Use(next => new ScopeMiddleware(next, resolvers).InvokeAsync);
    }
}
