using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Hosting;
using ScopedCaching.Inspector;
using ScopedCaching.Scopes;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the inspector: a page that shows what the caches do, and the JSON behind it.</summary>
public static class ScopedCacheInspectorEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the inspector at a path: the page, <c>GET …/keys</c>, <c>…/stats</c>, <c>…/servers</c>, and the page's actions. From then on, cache operations are counted for the
    /// last five minutes. In Development nothing else is needed, and the inspector answers only this machine; elsewhere, specify the policy that grants access.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, such as <c>/cache</c>, without parameters.</param>
    /// <param name="configure">Configures access.</param>
    /// <returns>A builder for conventions on all of the inspector's endpoints, such as a host or a rate limit.</returns>
    /// <exception cref="InvalidOperationException">
    /// No policy is set outside Development, or the policy does not exist, or <c>AddAuthorization()</c> or <c>AddMemcachedScopedCache()</c> was not called.
    /// </exception>
    public static IEndpointConventionBuilder MapScopedCacheInspector(
        this IEndpointRouteBuilder endpoints, string pattern = "/cache", Action<ScopedCacheInspectorOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        pattern = "/" + pattern.Trim('/');
        if (pattern.Length == 1 || pattern.Contains('{', StringComparison.Ordinal))
        {
            throw new ArgumentException("The inspector needs its own path, without parameters, such as \"/cache\".", nameof(pattern));
        }

        var options = new ScopedCacheInspectorOptions();
        configure?.Invoke(options);
        var provider = endpoints.ServiceProvider;
        var isDevelopment = provider.GetService<IHostEnvironment>()?.IsDevelopment() == true;
        Check(provider, options, isDevelopment);

        var group = endpoints.MapGroup(pattern);
        foreach (var (method, path, handler) in Endpoints(provider, options, isDevelopment, pattern).All())
        {
            group.MapMethods(path, [method], handler);
        }

        group.WithMetadata(new ExcludeFromDescriptionAttribute());
        return options.AuthorizationPolicy is { } policy ? group.RequireAuthorization(policy) : group;
    }

    /// <summary>With a policy and no convention of the caller's the shorter form.</summary>
    /// <inheritdoc cref="MapScopedCacheInspector(IEndpointRouteBuilder, string, Action{ScopedCacheInspectorOptions})"/>
    public static IEndpointConventionBuilder MapScopedCacheInspector(this IEndpointRouteBuilder endpoints, Action<ScopedCacheInspectorOptions> configure) =>
        endpoints.MapScopedCacheInspector("/cache", configure);

    private static void Check(IServiceProvider provider, ScopedCacheInspectorOptions options, bool isDevelopment)
    {
        if (provider.GetService<Observation>() is null)
        {
            throw new InvalidOperationException("The inspector needs the scoped caches: call builder.Services.AddMemcachedScopedCache() first.");
        }

        if (options.AuthorizationPolicy is null)
        {
            if (!isDevelopment)
            {
                throw new InvalidOperationException(
                    "Outside Development the cache inspector needs an authorization policy, because it shows keys and removes entries. Specify one: " +
                    "app.MapScopedCacheInspector(\"/cache\", o => o.AuthorizationPolicy = \"operators\"), and define it with AddAuthorization(o => o.AddPolicy(\"operators\", …)).");
            }

            if (options.ManagePolicy is not null)
            {
                throw new InvalidOperationException("ScopedCacheInspectorOptions.ManagePolicy is set, but AuthorizationPolicy is not. Without AuthorizationPolicy, anyone who is granted access to the inspector may manage everything.");
            }

            return;
        }

        if (provider.GetService<IAuthorizationService>() is null)
        {
            throw new InvalidOperationException("The inspector's policies need authorization: call builder.Services.AddAuthorization(…) first.");
        }

        // A policy provider of the application's own may know policies that are not in the options; what it does not know fails at the first request.
        if (provider.GetService<IAuthorizationPolicyProvider>() is DefaultAuthorizationPolicyProvider)
        {
            var known = provider.GetRequiredService<IOptions<AuthorizationOptions>>().Value;
            foreach (var name in (string?[])[options.AuthorizationPolicy, options.ManagePolicy])
            {
                if (name is not null && known.GetPolicy(name) is null)
                {
                    throw new InvalidOperationException($"The authorization policy '{name}' of the cache inspector does not exist. Define it with AddAuthorization(o => o.AddPolicy(\"{name}\", …)).");
                }
            }
        }
    }

    private static InspectorEndpoints Endpoints(IServiceProvider provider, ScopedCacheInspectorOptions options, bool isDevelopment, string pattern)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var (services, scopes, observation) = (provider.GetRequiredService<CacheServices>(), provider.GetRequiredService<EntryScopes>(), provider.GetRequiredService<Observation>());
        observation.Count(time);
        var access = new InspectorAccess(
            options.AuthorizationPolicy is null,
            options.AllowReadingValues ?? isDevelopment,
            options.AllowWritingValues ?? isDevelopment,
            context => options.ManagePolicy is { } policy ? IsAsync(context, policy) : Task.FromResult(false));
        var token = new PageToken(provider.GetRequiredService<IDataProtectionProvider>(), time);
        var queries = new InspectorQueries(
            observation, services, provider.GetRequiredService<ServerFigures>().ReadAsync, token, access, provider.GetRequiredService<IOptions<ScopedCacheOptions>>().Value.LocalSizeLimit);
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(IScopedCache).Namespace!);
        return new InspectorEndpoints(
            queries, new InspectorActions(services, scopes, queries, access, logger), new InspectorAssets(pattern), token, provider.GetRequiredService<ScopeResolvers>(), scopes, access);
    }

    // The request's own services: what decides may live as long as the request.
    private static async Task<bool> IsAsync(HttpContext context, string policy) =>
        (await context.RequestServices.GetRequiredService<IAuthorizationService>().AuthorizeAsync(context.User, context, policy).ConfigureAwait(false)).Succeeded;
}
