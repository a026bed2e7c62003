using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Memory;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Micro;

/// <summary>A hit in process memory beside one of <see cref="MemoryCache"/>, each among 1,000 entries.</summary>
[MemoryDiagnoser]
public class LocalTierBenchmarks : IDisposable
{
    private const string Key = "account:4711:balance";
    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly LocalTier _tier = new(capacity: 16 << 20, TimeProvider.System);
    private readonly EntryScope _scope = new("bank", "stack", "customer-17", "customer-17");
    private readonly EntryScope _equalScope = new("bank", "stack", "customer-17", "customer-17");
    private long _now;

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Keep($"account:{i}:balance");
        }

        Keep(Key);
        _now = TimeProvider.System.GetTimestamp();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public object? MemoryCacheHit() => _memory.TryGetValue(Key, out var value) ? value : null;

    [Benchmark]
    public object? LocalTierHit() => _tier.TryGet(_scope.Entry(Key), _now, out var entry) ? entry : null;

    [Benchmark]
    public object? LocalTierHitReadingTheClock() => _tier.TryGet(_scope.Entry(Key), out var entry) ? entry : null;

    [Benchmark]
    public object? LocalTierHitUnderAnEqualScope() => _tier.TryGet(_equalScope.Entry(Key), _now, out var entry) ? entry : null;

    private void Keep(string key)
    {
        _memory.Set(key, new object(), TimeSpan.FromMinutes(5));
        _tier.Set(_scope.Entry(key), new Entry { EndsAt = long.MaxValue });
    }

    private sealed class Entry : LocalEntry
    {
        public override int Size => 24;
    }
}
