using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching.Memcached;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the embedded server in the place of the configured ones.</summary>
public static class EmbeddedMemcachedServiceCollectionExtensions
{
    /// <summary>
    /// Uses an embedded server whatever servers and backend are configured: for integration tests, in <c>WebApplicationFactory</c>'s
    /// <c>ConfigureTestServices</c>. The server is also a service, <see cref="EmbeddedMemcached"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="server">The server, which stays the caller's to dispose; null for one that lives as long as the application, and by its <see cref="TimeProvider"/>.</param>
    public static IServiceCollection UseEmbeddedMemcached(this IServiceCollection services, EmbeddedMemcached? server = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.Replace(server is null
            ? ServiceDescriptor.Singleton(static provider => new EmbeddedMemcached(timeProvider: provider.GetRequiredService<TimeProvider>()))
            : ServiceDescriptor.Singleton(server));

        // After everything else that configures them, on every reload too.
        services.AddOptions<MemcachedOptions>().PostConfigure<EmbeddedMemcached>(static (options, embedded) =>
            (options.Servers, options.Embedded, options.Backend) = ([], embedded, null));
        return services;
    }
}
