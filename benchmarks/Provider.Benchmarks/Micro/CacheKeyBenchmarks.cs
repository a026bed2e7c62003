using System.Globalization;
using BenchmarkDotNet.Attributes;
using ScopedCaching;

namespace Provider.Benchmarks.Micro;

/// <summary>A key by interpolation beside the plain string of the same text.</summary>
[MemoryDiagnoser]
public class CacheKeyBenchmarks
{
    private readonly string _customer = "customer-17";
    private readonly string _path = "/accounts/4711";
    private readonly int _id = 4711;

    [Benchmark(Baseline = true)]
    public string PlainString() => string.Create(CultureInfo.InvariantCulture, $"account:{_customer}:{_id}");

    [Benchmark]
    public string Key() => Text($"account:{_customer}:{_id}");

    [Benchmark]
    public string PlainStringOfAPath() => string.Create(CultureInfo.InvariantCulture, $"page:{_path}");

    [Benchmark]
    public string KeyThatIsEscaped() => Text($"page:{_path}");

    private static string Text(CacheKey key) => CacheKey.Of(key);
}
