using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Hybrid;

namespace ScopedCaching.Hosting;

/// <summary>Serializers from the application's services: one for the type itself, else from the factory that was registered last of those that have one.</summary>
internal sealed class ServiceHybridSerializers(IServiceProvider services) : IHybridSerializerSource
{
    private readonly IHybridCacheSerializerFactory[] _factories = [.. services.GetServices<IHybridCacheSerializerFactory>().Reverse()];

    public IHybridCacheSerializer<T>? Find<T>()
    {
        if (services.GetService<IHybridCacheSerializer<T>>() is { } own)
        {
            return own;
        }

        foreach (var factory in _factories)
        {
            if (factory.TryCreateSerializer<T>(out var made))
            {
                return made;
            }
        }

        return null;
    }
}
