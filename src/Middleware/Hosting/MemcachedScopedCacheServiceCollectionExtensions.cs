using ScopedCaching;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the scoped caches.</summary>
public static class MemcachedScopedCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IScopedCache"/> (one a request) and <see cref="IScopedCacheFactory"/>, on top of the memcached provider. Calling it again only adds to the configuration.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Settings that win over the configuration section <c>Cache</c>.</param>
    public static IServiceCollection AddMemcachedScopedCache(this IServiceCollection services, Action<ScopedCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ScopedCacheOptions>().Configure(options => configure?.Invoke(options));
        return services;
    }
}
