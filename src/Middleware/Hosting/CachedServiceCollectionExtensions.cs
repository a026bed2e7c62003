using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching;
using ScopedCaching.Functions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers services whose interface has cached functions.</summary>
public static class CachedServiceCollectionExtensions
{
    /// <summary>
    /// Adds a service whose interface has methods marked with <see cref="CachedAttribute"/>. Injecting the interface yields the service in a wrapper that caches those methods;
    /// the interface of the companions (<c>IDirectoryCache</c> for <c>IDirectory</c>) is registered, too. The wrapper is scoped, as <see cref="IScopedCache"/> is. Under a policy that refreshes ahead or has a soft timeout, bodies run on a service from their own scope,
    /// with the same customer, user and session, because they may continue after the request.
    /// </summary>
    /// <typeparam name="TService">The interface.</typeparam>
    /// <typeparam name="TImplementation">The service itself; it is registered under its own type, unless it already is.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="lifetime">The lifetime of the service itself.</param>
    /// <exception cref="InvalidOperationException">The interface has no cached functions, or its project does not use the generator.</exception>
    public static IServiceCollection AddCached<
        TService, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TImplementation>(
        this IServiceCollection services, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where TService : class
        where TImplementation : class, TService
    {
        ArgumentNullException.ThrowIfNull(services);
        var known = CachedServices.Find(typeof(TService)) ?? throw new InvalidOperationException(
            $"{typeof(TService)} cannot be wrapped: put [Cached] on its methods, in a project that uses the generator of ScopedCaching.AspNetCore.");
        services.TryAdd(ServiceDescriptor.Describe(typeof(TImplementation), typeof(TImplementation), lifetime));
        services.Add(ServiceDescriptor.Scoped(known.Wrapper, provider => known.Wrap(
            provider.GetRequiredService<TImplementation>(), CachesOf(provider), static other => other.GetRequiredService<TImplementation>())));
        services.Add(ServiceDescriptor.Scoped(typeof(TService), provider => provider.GetRequiredService(known.Wrapper)));
        services.Add(ServiceDescriptor.Scoped(known.Cache, provider => provider.GetRequiredService(known.Wrapper)));
        return services;
    }

    private static IScopedCache CachesOf(IServiceProvider services) =>
        services.GetService<IScopedCache>() ?? throw new InvalidOperationException("There is no cache for functions registered by AddCached(): call AddMemcachedScopedCache().");
}
