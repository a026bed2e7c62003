using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Micro;

/// <summary>What a get costs while the server is known to be down, beside a miss of <see cref="MemoryCache"/>.</summary>
[MemoryDiagnoser]
public class UnreachableBenchmarks : IDisposable
{
    private const string Key = "account:4711:balance";

    // Nobody listens there.
    private const int ClosedPort = 1;

    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly ServiceProvider _services;
    private readonly IDistributedCache _distributed;
    private readonly ICache _stack;

    public UnreachableBenchmarks()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddDataProtection();
        services.AddMemcachedCache(static options =>
        {
            options.Prefix = "bench";
            options.Servers = [MemcachedEndpoint.Tcp("127.0.0.1", ClosedPort)];
        });
        services.AddMemcachedScopedCache();
        _services = services.BuildServiceProvider();
        _distributed = _services.GetRequiredService<IDistributedCache>();
        _stack = _services.GetRequiredService<IScopedCacheFactory>().Create("customer-17").StackCache;
    }

    [GlobalSetup]
    public async Task FailAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            await _distributed.GetAsync(Key);
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _memory.Dispose();
        _services.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public object? MemoryCacheMiss() => _memory.Get(Key);

    [Benchmark]
    public byte[]? DistributedGet() => _distributed.Get(Key);

    [Benchmark]
    public Task<byte[]?> DistributedGetAsync() => _distributed.GetAsync(Key);

    [Benchmark]
    public ValueTask<string?> ScopedGetAsync() => _stack.GetAsync<string>(Key);
}
