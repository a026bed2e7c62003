using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching.Memcached;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Replaces the configured servers with the embedded server.</summary>
public static class EmbeddedMemcachedServiceCollectionExtensions
{
    /// <summary>
    /// Uses an embedded server, whatever servers and backend are configured. Intended for integration tests, in <c>WebApplicationFactory</c>'s
    /// <c>ConfigureTestServices</c>. The server is also available as a service, <see cref="EmbeddedMemcached"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="server">The server, which the caller must dispose; null for a server that lives as long as the application and uses its <see cref="TimeProvider"/>.</param>
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
