using System.Globalization;
using BenchmarkDotNet.Attributes;
using ScopedCaching;

namespace Provider.Benchmarks.Micro;

/// <summary>A call of a cached function that hits in process memory, beside the same get-or-create written by hand with the same key; and its key, beside a concatenation.</summary>
[MemoryDiagnoser]
public partial class FunctionBenchmarks : IDisposable
{
    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1) };

    private readonly TestScopedCache _caches = ScopedCacheTesting.Create("customer-17");

    [GlobalSetup]
    public async Task FillAsync()
    {
        await GetAsync(4711, "balance", detailed: true);
        await ByHandAsync();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _caches.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public ValueTask<string> ByHandAsync() =>
        _caches.ServiceCache.GetOrCreateAsync(
            GetCache.KeyFor(4711, "balance", detailed: true), (this, 4711), static (_, _) => new ValueTask<string>("created"), s_local, CancellationToken.None);

    [Benchmark]
    public ValueTask<string> FunctionAsync() => GetAsync(4711, "balance", detailed: true);

    [Benchmark]
    public string Concatenation() => string.Concat("Provider.Benchmarks.FunctionBenchmarks:", 4711.ToString(CultureInfo.InvariantCulture), "balance", bool.TrueString);

    [Benchmark]
    public string Key() => GetCache.KeyFor(4711, "balance", detailed: true);

    [Cached(Policy = nameof(s_local))]
    public partial ValueTask<string> GetAsync(int id, string what, bool detailed);

    private static ValueTask<string> GetUncachedAsync(int id) => new(id.ToString(CultureInfo.InvariantCulture));
}
