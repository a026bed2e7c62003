using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Load;

/// <summary>The provider as an application registers it.</summary>
internal sealed class Caches : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Caches(Action<MemcachedOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddMemcachedCache(options =>
        {
            options.Prefix = "bench";
            options.OnFailure = OnFailure.Throw;
            configure(options);
        });
        services.AddMemcachedScopedCache();

        // A key ring that leaves nothing behind on the machine.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IMemcachedClient>();
        Sealed = _services.GetRequiredService<ISealedStore>();
        Fresh = _services.GetRequiredService<IFreshStore>();
        Scoped = _services.GetRequiredService<IScopedCacheFactory>();
        Distributed = _services.GetRequiredService<IDistributedCache>();
    }

    public IMemcachedClient Client { get; }

    public IDistributedCache Distributed { get; }

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public IScopedCacheFactory Scoped { get; }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
