using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>The product's own registration over the double, without a web server.</summary>
internal sealed class CacheFixture : IDisposable
{
    private readonly ServiceProvider _provider;

    public CacheFixture(Action<ScopedCacheOptions>? configure = null)
    {
        Store = new InMemorySealedStore(Clock);
        _provider = new ServiceCollection().AddMemcachedScopedCache(configure).AddDouble(Store, Clock).BuildServiceProvider();
        Factory = _provider.GetRequiredService<IScopedCacheFactory>();
    }

    public FakeClock Clock { get; } = new();

    public InMemorySealedStore Store { get; }

    public IScopedCacheFactory Factory { get; }

    public ICache Stack => Factory.Create("acme").StackCache;

    public void Dispose() => _provider.Dispose();
}

internal static class DoubleRegistration
{
    public static IServiceCollection AddDouble(this IServiceCollection services, InMemorySealedStore store, TimeProvider time)
    {
        services.Configure<MemcachedOptions>(static options => (options.Prefix, options.Embedded) = ("test", new EmbeddedMemcached()));
        return services.Replace(ServiceDescriptor.Singleton<ISealedStore>(store)).Replace(ServiceDescriptor.Singleton<IFreshStore>(store)).Replace(ServiceDescriptor.Singleton(time));
    }
}
