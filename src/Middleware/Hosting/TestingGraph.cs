using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Memcached;

namespace ScopedCaching.Hosting;

/// <summary>The product's own registration, with an embedded server and DataProtection keys that nobody keeps.</summary>
internal static class TestingGraph
{
    // A test that a busy machine holds up for a second is not to find its cache empty.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static TestScopedCache Create(TimeProvider time, Func<IScopedCacheFactory, IScopedCache> create)
    {
        var server = new EmbeddedMemcached(timeProvider: time);
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddMemcachedScopedCache();
        services.UseEmbeddedMemcached(server);
        services.Configure<MemcachedOptions>(static options => options.Timeout = s_patience);
        var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IScopedCacheFactory>();
        return new TestScopedCache(create(factory), factory, server, provider);
    }
}
