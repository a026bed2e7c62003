using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Micro;

/// <summary>A get-or-create that finds its value in process memory, when nobody observes, when keys are remembered, and when the inspector is mapped as well.</summary>
[MemoryDiagnoser]
public class RecentKeysBenchmarks : IDisposable
{
    private const string Key = "account:4711:balance";

    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1) };

    private readonly EmbeddedMemcached _server = new();
    private ServiceProvider _services = null!;
    private ICache _stack = null!;

    [Params("nothing", "recent keys", "recent keys and figures")]
    public string Observed { get; set; } = "";

    [GlobalSetup]
    public async Task FillAsync()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddMemcachedScopedCache(options => options.RecentKeys = Observed is "nothing" ? 0 : 1000);
        services.UseEmbeddedMemcached(_server);
        _services = services.BuildServiceProvider();
        if (Observed is "recent keys and figures")
        {
            // As mapping the inspector does.
            _services.GetRequiredService<Observation>().Count(TimeProvider.System);
        }

        _stack = _services.GetRequiredService<IScopedCacheFactory>().Create("customer-17").StackCache;
        await _stack.SetAsync(Key, "value", s_local);
        await _stack.GetAsync<string>(Key, s_local);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _services.Dispose();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public ValueTask<string> LocalGetOrCreateHit() =>
        _stack.GetOrCreateAsync(Key, 0, static (_, _) => new ValueTask<string>("created"), s_local, CancellationToken.None);
}
