using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the memcached provider.</summary>
public static class MemcachedServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IDistributedCache"/> (and <see cref="IBufferDistributedCache"/>) on memcached with encrypted values, the raw
    /// <see cref="IMemcachedClient"/>, and <see cref="ISealedStore"/>. With another <see cref="MemcachedOptions.Backend"/>, the same services use that backend, without the raw client. Settings come from the configuration section <c>Cache</c> and the environment
    /// variables <c>CACHE_HOST</c> and <c>CACHE_PORT</c>; <paramref name="configure"/> takes precedence over both. Replaces an
    /// <see cref="IDistributedCache"/> that was registered before. Calling it again only adds to the configuration.
    /// </summary>
    public static IServiceCollection AddMemcachedCache(this IServiceCollection services, Action<MemcachedOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(static service => !service.IsKeyedService && service.ServiceType == typeof(CacheGraph)))
        {
            return services;
        }

        AddParts(services);
        services.AddOptions<MemcachedOptions>().ValidateOnStart();
        services.AddSingleton<IOptionsMonitor<MemcachedOptions>>(static provider => Live(provider, name: ""));
        services.AddHostedService(static provider => new BackendStart(
            provider.GetRequiredService<IOptionsMonitor<MemcachedOptions>>(), () => _ = provider.GetRequiredService<CacheGraph>()));
        services.AddSingleton(static provider => Graph(
            provider, provider.GetRequiredService<IOptionsMonitor<MemcachedOptions>>(), provider.GetService<IEntryObserver>()));
        services.AddSingleton(static provider => provider.GetRequiredService<CacheGraph>().Client);
        services.AddSingleton(static provider => provider.GetRequiredService<CacheGraph>().Sealed);
        services.AddSingleton(static provider => provider.GetRequiredService<CacheGraph>().Fresh);
        services.RemoveAll<IDistributedCache>();
        services.AddSingleton<IDistributedCache>(static provider => provider.GetRequiredService<CacheGraph>().Distributed);
        services.RemoveAll<IBufferDistributedCache>();
        services.AddSingleton<IBufferDistributedCache>(static provider => provider.GetRequiredService<CacheGraph>().Distributed);
        return services;
    }

    /// <summary>
    /// Adds a health check that queries all cache servers at once, or the backend instead. It is degraded if some of several servers do not answer, or if this process does not share the other processes' DataProtection key ring.
    /// It waits for no server longer than <see cref="MemcachedOptions.Timeout"/>.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The health check's name.</param>
    /// <param name="failureStatus">
    /// The status if no server answers, or the backend does not answer; null for <see cref="HealthStatus.Unhealthy"/>. A service whose cache is down can still serve requests: if this status decides whether it receives any,
    /// <see cref="HealthStatus.Degraded"/> is the better choice.
    /// </param>
    /// <param name="tags">Its tags.</param>
    /// <remarks>Its data contain <c>backend</c>, <c>servers</c> (<see cref="MemcachedServerHealth"/>), <c>undeliveredRemovals</c>, <c>foreignKeyRing</c>, <c>roundTripMilliseconds</c> and <c>fault</c>.</remarks>
    public static IHealthChecksBuilder AddMemcached(
        this IHealthChecksBuilder builder, string name = "memcached", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, static provider => new MemcachedHealthCheck((provider.GetService<CacheGraph>()
                ?? throw new InvalidOperationException("There is no cache whose health could be checked: call AddMemcachedScopedCache() or AddMemcachedCache().")).Health), failureStatus, tags));
    }

    /// <summary>What all caches of the application share.</summary>
    internal static void AddParts(IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(Backends)))
        {
            return;
        }

        // First of all, so that what code configures comes later and wins, wherever it stands.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<MemcachedOptions>>(static provider =>
            new ConfigureFromSection(provider.GetService<IConfiguration>(), provider.GetService<IHostEnvironment>())));
        services.AddOptions<MemcachedOptions>();
        services.AddSingleton<IValidateOptions<MemcachedOptions>>(static provider => new MemcachedOptionsValidator(
            provider.GetService<IHostEnvironment>(), provider.GetRequiredService<Backends>()));
        services.Configure<MemcachedSectionKeys>(static keys => keys.Known.UnionWith(ConfigureFromSection.Keys));
        services.AddSingleton(provider => new Backends(services, provider));
        services.AddDataProtection();
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
    }

    internal static LiveOptions Live(IServiceProvider provider, string name) => new(
        name,
        provider.GetRequiredService<IOptionsFactory<MemcachedOptions>>(),
        provider.GetService<IConfiguration>(),
        name.Length == 0 ? provider.GetRequiredService<IOptions<MemcachedSectionKeys>>().Value.Known : new HashSet<string>(ConfigureFromSection.Keys, StringComparer.OrdinalIgnoreCase),
        provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(MemcachedOptions).Namespace!));

    internal static CacheGraph Graph(IServiceProvider provider, IOptionsMonitor<MemcachedOptions> options, IEntryObserver? observer = null, string name = "") => new(
        options,
        provider.GetRequiredService<Backends>(),
        provider.GetRequiredService<IDataProtectionProvider>(),
        provider.GetService<IKeyManager>(),
        provider.GetRequiredService<IMeterFactory>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILoggerFactory>(),
        observer,
        name);
}
