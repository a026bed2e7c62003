using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Memory;
using ScopedCaching;

namespace Provider.Benchmarks.Micro;

/// <summary>A get-or-create that finds its value in process memory, through the public API, beside a hit of <see cref="MemoryCache"/>.</summary>
[MemoryDiagnoser]
public class LocalHitBenchmarks : IDisposable
{
    private const string Key = "account:4711:balance";

    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1) };

    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create("customer-17");
    private readonly ICache _stack;

    public LocalHitBenchmarks() => _stack = _caches.StackCache;

    [GlobalSetup]
    public async Task FillAsync()
    {
        _memory.Set(Key, "value", TimeSpan.FromHours(1));
        await _stack.SetAsync(Key, "value", s_local);
        await _stack.GetAsync<string>(Key, s_local);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _memory.Dispose();
        _caches.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public string? MemoryCacheHit() => _memory.TryGetValue(Key, out string? value) ? value : null;

    [Benchmark]
    public ValueTask<string> LocalGetOrCreateHit() =>
        _stack.GetOrCreateAsync(Key, 0, static (_, _) => new ValueTask<string>("created"), s_local, CancellationToken.None);
}
