using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Hosting;
using ScopedCaching.Hybrid;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the platform's <see cref="HybridCache"/> over the scoped caches.</summary>
public static class ScopedHybridCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="HybridCache"/> over one level of the scoped caches, and <see cref="IScopedHybridCacheFactory"/> for work outside requests. It replaces a
    /// <see cref="HybridCache"/> that was registered before. Calls <c>AddMemcachedScopedCache()</c>. Calling this method again changes the level and adds to the settings.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Unlike the platform's own, the service is <b>scoped</b>, because it is the cache of a request's customer: a singleton that held it would return one customer's
    /// entries to another. When resolved from the application's root services, as for a singleton, it throws <see cref="ScopeUnavailableException"/> (or the
    /// container throws first if it validates scopes, as in Development). When used in another request, its operations throw that exception.
    /// </para>
    /// <para>
    /// Its keys are separate from those of <see cref="IScopedCache"/>. Its tags belong to the level, so removing a tag through either one removes the entries of both. The tag
    /// <c>*</c> stands for all entries of this cache at its level and customer.
    /// </para>
    /// <para>
    /// Values stay in the process's memory only if an option says for how long (<see cref="HybridCacheEntryOptions.LocalCacheExpiration"/>), or if flags exclude the shared cache;
    /// then they stay for their expiration. A value that is not in the shared cache disappears from other processes' memory only when its time has passed.
    /// </para>
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="level">The level of the entries.</param>
    /// <param name="configure">Sets default options, and the policy for everything they do not cover.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level does not exist.</exception>
    public static IServiceCollection AddScopedHybridCache(
        this IServiceCollection services, StorageLevel level = StorageLevel.Stack, Action<ScopedHybridCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!Enum.IsDefined(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level));
        }

        services.AddMemcachedScopedCache();
        services.AddOptions<ScopedHybridCacheOptions>()
            .Validate(
                static options => !(options.DefaultEntryOptions?.Expiration <= TimeSpan.Zero),
                "ScopedHybridCacheOptions.DefaultEntryOptions.Expiration must be positive. Leave it null for no default expiration; use TimeSpan.MaxValue for entries that never expire.")
            .ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(static provider => new RootServices(provider));
        services.TryAddSingleton(static provider => new HybridSerializers(new ServiceHybridSerializers(provider)));
        services.TryAddSingleton(static provider => Policies(provider));
        services.Replace(ServiceDescriptor.Singleton<IScopedHybridCacheFactory>(provider => new Factory(provider, level)));
        services.RemoveAll<HybridCache>();
        services.AddScoped<HybridCache>(provider => ReferenceEquals(provider, provider.GetRequiredService<RootServices>().Provider)
            ? throw new ScopeUnavailableException(
                "HybridCache is the cache of a request's customer (AddScopedHybridCache), so it cannot be injected into singletons or resolved from the application's root services. " +
                "Inject it into scoped or transient services, or create one with IScopedHybridCacheFactory.Create(customer).",
                level)
            : Create(provider, provider.GetRequiredService<IScopedCache>(), level));
        return services;
    }

    private static HybridPolicies Policies(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<ScopedHybridCacheOptions>>();
        var scoped = provider.GetRequiredService<IOptionsMonitor<ScopedCacheOptions>>();
        return new HybridPolicies(() => options.CurrentValue, () => scoped.CurrentValue.DefaultPolicy);
    }

    private static ScopedHybridCache Create(IServiceProvider provider, IScopedCache caches, StorageLevel level) => new(
        caches,
        level,
        provider.GetRequiredService<HybridPolicies>(),
        provider.GetRequiredService<HybridSerializers>(),
        provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(IScopedCache).Namespace!));

    /// <summary>Tells the application's own services from those of a scope.</summary>
    private sealed class RootServices(IServiceProvider provider)
    {
        public IServiceProvider Provider => provider;
    }

    private sealed class Factory(IServiceProvider provider, StorageLevel level) : IScopedHybridCacheFactory
    {
        public HybridCache Create(string? customer, string? user = null, string? session = null) =>
            ScopedHybridCacheServiceCollectionExtensions.Create(provider, provider.GetRequiredService<IScopedCacheFactory>().Create(customer, user, session), level);
    }
}
