using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Hosting;
using ScopedCaching.Memcached.Sealing;
using System.Diagnostics.Metrics;

namespace Provider.Tests.Sealing;

/// <summary>One process of an application: the cache registered as a user registers it, with its own key ring unless it is given one to share.</summary>
internal sealed class CacheProcess : IDisposable
{
    public const string Prefix = "tests";

    private readonly ServiceProvider _services;

    public CacheProcess(Action<MemcachedOptions> configure, TimeProvider? clock = null, MemoryKeyRing? keys = null, Action<IServiceCollection>? add = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        if (clock is not null)
        {
            services.AddSingleton(clock);
        }

        services.AddMemcachedCache(options =>
        {
            options.Prefix = Prefix;

            // A machine that is busy is no outage.
            (options.Timeout, options.ConnectTimeout) = (Eventually.Patience, Eventually.Patience);
            configure(options);
        });
        services.AddDataProtection().SetApplicationName("tests");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = keys ?? new MemoryKeyRing());
        add?.Invoke(services);
        _services = services.BuildServiceProvider();
        Counts = new RecordedCounts(_services.GetRequiredService<IMeterFactory>());
    }

    public RecordedLog Log { get; } = new();

    public RecordedCounts Counts { get; }

    public IServiceProvider Services => _services;

    public ISealedStore Sealed => _services.GetRequiredService<ISealedStore>();

    public IFreshStore Fresh => _services.GetRequiredService<IFreshStore>();

    public IMemcachedClient Client => _services.GetRequiredService<IMemcachedClient>();

    /// <summary>A raw client that finds the keys of the sealed store on the servers where that puts them.</summary>
    public IMemcachedClient Wire => field ??= new MemcachedClient(_services.GetRequiredService<CacheGraph>().Servers!, static () => 1 << 20, TimeProvider.System, keysAreSealed: true);

    public IDistributedCache Distributed => _services.GetRequiredService<IDistributedCache>();

    public static CacheProcess On(EmbeddedMemcached server, TimeProvider? clock = null, MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Embedded = server;
                configure?.Invoke(options);
            },
            clock,
            keys);

    public static CacheProcess On(RealMemcachedServer server, MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Servers = [MemcachedEndpoint.Tcp(server.Host, server.Port)];
                configure?.Invoke(options);
            },
            keys: keys);

    /// <summary>Several servers.</summary>
    public static CacheProcess On(MemcachedEndpoint[] servers, TimeProvider? clock = null, MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Servers = [.. servers];
                configure?.Invoke(options);
            },
            clock,
            keys);

    /// <summary>Another vendor's cache as the backend.</summary>
    public static CacheProcess On(IDistributedCache other, TimeProvider? clock = null, MemoryKeyRing? keys = null, Action<MemcachedOptions>? configure = null) =>
        new(
            options =>
            {
                options.Backend = CacheBackends.Distributed;
                configure?.Invoke(options);
            },
            clock,
            keys,
            services => services.AddKeyedSingleton(CacheBackends.DistributedCacheKey, other));

    public void Dispose()
    {
        Counts.Dispose();
        _services.Dispose();
    }
}

internal static class Addresses
{
    /// <summary>A customer's scope, of a level that no other test uses.</summary>
    public static EntryScope Scope(string customer = "bank-a") => new(CacheProcess.Prefix, "stack", customer, customer);

    public static EntryScope UniqueScope() => Scope("customer-" + Guid.NewGuid().ToString("N"));

    /// <summary>The key on the wire.</summary>
    public static byte[] Wire(this EntryAddress address, KeyDomain domain = KeyDomain.Entry, string? secret = null)
    {
        var key = new SealedKeys(secret).Rent(address, domain);
        var bytes = key.Memory.ToArray();
        key.Return();
        return bytes;
    }

    public static EntryWrite For(TimeSpan absolute) => new() { Life = new EntryLife(absolute) };

    public static EntryWrite Sliding(TimeSpan window, TimeSpan? absolute = null) => new() { Life = new EntryLife(absolute, window) };
}
