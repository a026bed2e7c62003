using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Output;
using ScopedCaching.Scopes;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Stores the platform's own output cache in memcached.</summary>
public static class MemcachedOutputCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds the platform's output caching (<c>UseOutputCache()</c>, <c>[OutputCache]</c>) with a memcached store that replaces the existing one. Entries are sealed, shared by all processes,
    /// and evicted by tag. Calls <c>AddOutputCache()</c> and <c>AddMemcachedScopedCache()</c>. <see cref="OutputCacheStackAttribute"/> does not need it.
    /// </summary>
    /// <remarks>
    /// Entries belong to the service level: the platform's output caching does not know customers, and by default does not cache for signed-in users. <see cref="OutputCacheStackAttribute"/> does.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="policy">How entries are stored, except for their lifetime, which the platform's policies determine; null for the application's default policy.</param>
    public static IServiceCollection AddMemcachedOutputCache(this IServiceCollection services, CachePolicy? policy = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddMemcachedScopedCache();
        services.AddOutputCache();
        services.Replace(ServiceDescriptor.Singleton<IOutputCacheStore>(provider =>
        {
            var caches = provider.GetRequiredService<CacheServices>();
            var source = new FixedScopeSource(provider.GetRequiredService<EntryScopes>(), StorageLevel.Service, customer: null, user: null, session: null);
            return new MemcachedOutputStore(
                new ScopedCaches(caches, source).GetCache("platform-output", StorageLevel.Service),
                () => policy ?? caches.DefaultPolicy,
                provider.GetRequiredService<PageServices>().Metrics);
        }));
        return services;
    }
}
