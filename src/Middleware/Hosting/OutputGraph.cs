using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Output;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Hosting;

/// <summary>What caches whole responses. It needs nothing of the application's pipeline: routing finds the policy, and the policy the attributes.</summary>
internal static class OutputGraph
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(static provider => new PageScopes(provider.GetRequiredService<ScopeResolvers>(), provider.GetRequiredService<EntryScopes>()));
        services.AddSingleton(static provider =>
        {
            var caches = provider.GetRequiredService<CacheServices>();
            return new PageServices(
                caches,
                provider.GetRequiredService<PageScopes>(),
                new HeaderCredentials(
                    static context => context.RequestServices?.GetService<IAuthenticationSchemeProvider>(),
                    static context => context.RequestServices?.GetService<IAuthenticationHandlerProvider>(),
                    static (context, scheme) => context.RequestServices?.GetService<IOptionsMonitor<BearerTokenOptions>>()?.Get(scheme)),
                new OutputMetrics(provider.GetRequiredService<IMeterFactory>()),
                () => caches.Store.LargestValue);
        });
        services.AddSingleton<MatcherPolicy>(static provider => new PageMatcherPolicy(
            provider.GetRequiredService<PageServices>(), static (factory, context) => factory.CreateInstance(context.RequestServices)));
        services.TryAddSingleton<IOutputCacheStackEviction>(static provider => Eviction(provider));
    }

    private static StackEviction Eviction(IServiceProvider provider)
    {
        var (accessor, resolvers, scopes) =
            (provider.GetRequiredService<IHttpContextAccessor>(), provider.GetRequiredService<ScopeResolvers>(), provider.GetRequiredService<EntryScopes>());
        return new StackEviction(
            provider.GetRequiredService<CacheServices>(),
            () => new RequestScopeSource(accessor, accessor.HttpContext is { } context ? RequestBinding.Of(context) : null, resolvers, scopes, StorageLevel.Stack),
            (customer, user, session) => new FixedScopeSource(scopes, StorageLevel.Stack, customer, user, session));
    }
}
