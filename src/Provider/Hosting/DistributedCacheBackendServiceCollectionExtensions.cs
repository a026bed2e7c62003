using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching.Memcached;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the cache behind the backend <see cref="CacheBackends.Distributed"/>.</summary>
public static class DistributedCacheBackendServiceCollectionExtensions
{
    /// <summary>
    /// Registers another vendor's <see cref="IDistributedCache"/> as the store for <c>Cache:Backend</c> = <c>Distributed</c>:
    /// <c>services.AddDistributedCacheBackend(s =&gt; s.AddStackExchangeRedisCache(…))</c>. This is the same as registering it under the key
    /// <see cref="CacheBackends.DistributedCacheKey"/>, for vendors whose registration takes no key. It can be called before or after <c>AddMemcachedCache()</c>, and does not
    /// select the backend.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="add">The vendor's own registration. If it adds several caches without a key, the last one counts.</param>
    /// <exception cref="ArgumentException"><paramref name="add"/> registered no cache.</exception>
    public static IServiceCollection AddDistributedCacheBackend(this IServiceCollection services, Action<IServiceCollection> add)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(add);

        // Out of sight for a moment: a registration by TryAdd would otherwise do nothing.
        ServiceDescriptor[] others = [.. services.Where(IsPlainCache)];
        services.RemoveAll<IDistributedCache>();
        try
        {
            add(services);
            var cache = services.LastOrDefault(IsPlainCache) ?? throw new ArgumentException($"The given action registered no {nameof(IDistributedCache)}.", nameof(add));
            services.Add(UnderTheKey(cache));
        }
        finally
        {
            services.RemoveAll<IDistributedCache>();
            services.Add(others);
        }

        return services;
    }

    private static bool IsPlainCache(ServiceDescriptor service) => service.ServiceType == typeof(IDistributedCache) && !service.IsKeyedService;

    private static ServiceDescriptor UnderTheKey(ServiceDescriptor cache) => cache switch
    {
        { ImplementationInstance: { } instance } => new(cache.ServiceType, CacheBackends.DistributedCacheKey, instance),
        { ImplementationFactory: { } make } => new(cache.ServiceType, CacheBackends.DistributedCacheKey, (provider, _) => make(provider), cache.Lifetime),
        _ => new(cache.ServiceType, CacheBackends.DistributedCacheKey, cache.ImplementationType!, cache.Lifetime),
    };
}
