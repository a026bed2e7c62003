using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Hosting;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the scoped caches. The whole object graph is on this screen.</summary>
public static class MemcachedScopedCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IScopedCache"/> (one per request) and <see cref="IScopedCacheFactory"/>, on top of the memcached provider. Calling it again only adds to the configuration.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Settings that take precedence over the configuration section <c>Cache</c>.</param>
    public static IServiceCollection AddMemcachedScopedCache(this IServiceCollection services, Action<ScopedCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(static service => service.ServiceType == typeof(CacheServices)))
        {
            services.AddMemcachedCache();
            AddOptions(services);
            AddGraph(services);
            OutputGraph.Add(services);
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }

    private static void AddOptions(IServiceCollection services)
    {
        // First of all, so that what code configures comes later and wins, wherever it stands.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<ScopedCacheOptions>>(static provider => new ScopedCacheSection(provider.GetService<IConfiguration>())));
        services.AddSingleton<IValidateOptions<ScopedCacheOptions>, ScopedCacheOptionsValidation>();
        services.AddOptions<ScopedCacheOptions>().ValidateOnStart();
        services.Configure<MemcachedSectionKeys>(static keys => keys.Known.UnionWith(ScopedCacheSection.Keys));
    }

    private static void AddGraph(IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<EntryScopes>();
        services.AddSingleton(static provider => Resolvers(provider));
        services.AddSingleton(static provider => new LiveScopedCacheOptions(
            provider.GetRequiredService<IOptionsFactory<ScopedCacheOptions>>(), provider.GetService<IConfiguration>(), Logger(provider)));
        services.AddSingleton<OperationWatch>();
        services.AddSingleton(static provider => new Observation(RecentKeysKeeper.Remembered(provider, Options(provider)), provider.GetRequiredService<OperationWatch>()));
        services.AddSingleton(static provider => new RecentKeysKeeper(provider, Options(provider), Logger(provider)));

        // Nobody, where recent keys are off.
        services.TryAddSingleton<IEntryObserver>(static provider => provider.GetRequiredService<Observation>().Keys!);
        services.AddSingleton<IServiceScopes>(static provider => new ServiceScopes(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<LiveScopedCacheOptions>();
            _ = provider.GetRequiredService<Observation>();
            _ = provider.GetRequiredService<RecentKeysKeeper>();
            return new CacheServices(
                provider.GetRequiredService<IFreshStore>(),
                provider.GetRequiredService<ISealedStore>(),
                provider.GetRequiredService<IServiceScopes>(),
                () => options.Current,
                cancellationToken => provider.GetRequiredService<IMemcachedClient>().FlushAllAsync(cancellationToken: cancellationToken),
                new CachingMetrics(provider.GetRequiredService<IMeterFactory>()),
                provider.GetRequiredService<TimeProvider>(),
                Logger(provider),
                provider.GetRequiredService<OperationWatch>());
        });
        services.TryAddSingleton<IScopedCacheFactory>(static provider => new ScopedCacheFactory(
            provider.GetRequiredService<CacheServices>(), provider.GetRequiredService<EntryScopes>(), Options(provider).DefaultLevel));
        services.AddSingleton(static provider => new ServerFigures(provider, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IScopedCacheCommands>(static provider => new CacheCommands(
            provider.GetRequiredService<CacheServices>(),
            provider.GetRequiredService<EntryScopes>(),
            () => provider.GetRequiredService<Observation>().Keys,
            provider.GetRequiredService<ServerFigures>().ReadAsync,
            Surroundings(provider.GetRequiredService<IOptions<MemcachedOptions>>().Value, Options(provider)),
            Logger(provider)));
        services.AddScoped<ServicesMarker>();
        services.AddScoped<ScopeIdentity>();
        services.TryAddScoped<IScopedCache>(static provider => new ScopedCaches(
            provider.GetRequiredService<CacheServices>(), provider.GetRequiredService<ScopeIdentity>().Fixed ?? (IScopeSource)RequestSource(provider)));
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(IScopedCache).Namespace!);

    // An embedded server that code has made may be shared with others; the one that is made where none is named is this process's alone.
    private static CommandSurroundings Surroundings(MemcachedOptions memcached, ScopedCacheOptions options) => new(
        memcached.LocalPath is null && memcached.Embedded is null
        && (memcached.Backend is null ? memcached.Servers.Count == 0 : memcached.Backend.Equals(CacheBackends.Embedded, StringComparison.OrdinalIgnoreCase)),
        options.RecentKeysPath is not null);

    private static ScopedCacheOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ScopedCacheOptions>>().Value;

    private static ScopeResolvers Resolvers(IServiceProvider provider)
    {
        var options = Options(provider);
        return new ScopeResolvers(
            ScopeResolver.For(provider.GetService<ICustomerKeyResolver>() is { } customer ? ScopeOrigin.Of(customer.GetType().Name, customer.ResolveAsync) : options.Customer.Origin),
            ScopeResolver.For(options.User.Origin),
            ScopeResolver.For(provider.GetService<ISessionIdResolver>() is { } session ? ScopeOrigin.Of(session.GetType().Name, session.ResolveAsync) : options.Session.Origin));
    }

    // Only the request's own services give a cache that works in it: a singleton's are the root's, and a hub, a circuit and a
    // scope of one's own have others than the request they happen to run in. Each container hands out one marker a scope.
    private static RequestScopeSource RequestSource(IServiceProvider provider)
    {
        var accessor = provider.GetRequiredService<IHttpContextAccessor>();
        var binding = accessor.HttpContext is { } context
            && ReferenceEquals(context.RequestServices?.GetService<ServicesMarker>(), provider.GetRequiredService<ServicesMarker>())
                ? RequestBinding.Of(context)
                : null;
        return new RequestScopeSource(
            accessor, binding, provider.GetRequiredService<ScopeResolvers>(), provider.GetRequiredService<EntryScopes>(), Options(provider).DefaultLevel);
    }

    /// <summary>Tells one scope of services from another.</summary>
    private sealed class ServicesMarker;
}
