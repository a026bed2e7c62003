using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers several caches side by side.</summary>
public static class KeyedMemcachedServiceCollectionExtensions
{
    /// <summary>
    /// Adds a named cache beside the one of <see cref="MemcachedServiceCollectionExtensions.AddMemcachedCache"/> and others. It has its own servers, connections, settings and prefix, and its name is the
    /// service key: <c>[FromKeyedServices("reports")] IDistributedCache</c>, and likewise <see cref="IBufferDistributedCache"/>, <see cref="IMemcachedClient"/>, <see cref="ISealedStore"/> and <see cref="IFreshStore"/>.
    /// Its settings come from the configuration section <c>Caches:&lt;name&gt;</c>, which has the same keys as the section <c>Cache</c> but inherits nothing from it or from the environment variables;
    /// <paramref name="configure"/> takes precedence. Calling it again for a name only adds to that cache's configuration.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty, contains a colon, or is <see cref="CacheBackends.DistributedCacheKey"/>.</exception>
    public static IServiceCollection AddKeyedMemcachedCache(this IServiceCollection services, string name, Action<MemcachedOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains(':', StringComparison.Ordinal) || string.Equals(name, CacheBackends.DistributedCacheKey, StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' cannot be a cache's name: a colon separates sections of the configuration, and '{CacheBackends.DistributedCacheKey}' is the key of another vendor's cache.", nameof(name));
        }

        if (configure is not null)
        {
            services.Configure(name, configure);
        }

        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(CacheGraph) && name.Equals(service.ServiceKey)))
        {
            return services;
        }

        MemcachedServiceCollectionExtensions.AddParts(services);
        services.AddKeyedSingleton(name, static (provider, key) => MemcachedServiceCollectionExtensions.Live(provider, (string)key!));
        services.AddKeyedSingleton(name, static (provider, key) => MemcachedServiceCollectionExtensions.Graph(provider, provider.GetRequiredKeyedService<LiveOptions>(key), name: (string)key!));

        // Its options are validated when the application starts, as those of the other one are.
        services.AddSingleton<IHostedService>(provider => new BackendStart(
            provider.GetRequiredKeyedService<LiveOptions>(name), () => _ = provider.GetRequiredKeyedService<CacheGraph>(name)));
        services.AddKeyedSingleton(name, static (provider, key) => Graph(provider, key).Client);
        services.AddKeyedSingleton(name, static (provider, key) => Graph(provider, key).Sealed);
        services.AddKeyedSingleton(name, static (provider, key) => Graph(provider, key).Fresh);
        services.AddKeyedSingleton<IDistributedCache>(name, static (provider, key) => Graph(provider, key).Distributed);
        services.AddKeyedSingleton<IBufferDistributedCache>(name, static (provider, key) => Graph(provider, key).Distributed);
        return services;
    }

    /// <summary>Adds a health check for the cache of that name; see <see cref="MemcachedServiceCollectionExtensions.AddMemcached"/>.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="cache">The cache's name.</param>
    /// <param name="name">The health check's own name; null for <c>memcached-</c> followed by the cache's name.</param>
    /// <param name="failureStatus">The status if no server answers, or the backend does not answer; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Its tags.</param>
    public static IHealthChecksBuilder AddKeyedMemcached(
        this IHealthChecksBuilder builder, string cache, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(cache);
        return builder.Add(new HealthCheckRegistration(
            name ?? "memcached-" + cache, provider => new MemcachedHealthCheck(provider.GetRequiredKeyedService<CacheGraph>(cache).Health), failureStatus, tags));
    }

    private static CacheGraph Graph(IServiceProvider provider, object? name) => provider.GetRequiredKeyedService<CacheGraph>(name);
}
