using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Benchmarks;

/// <summary>What sealing and opening a kilobyte of JSON costs: encrypted, encrypted after compression, and neither.</summary>
[MemoryDiagnoser]
public class EnvelopeBenchmarks : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly EntryAddress _address = new EntryScope("bank", "stack", "customer-17", "customer-17").Entry("account:4711");
    private readonly ReadOnlyMemory<byte> _value = CompressionBenchmarks.SomeJson(1024);
    private readonly EnvelopeTerms _terms = new(s_now.AddHours(1), Sliding: null);
    private readonly PooledBuffer _sealed = new(4096);
    private readonly PooledBuffer _scratch = new(4096);
    private readonly PooledBuffer _again = new(4096);
    private EnvelopeCodec? _codec;
    private EntryFormat _format = EntryFormat.Default;

    [Params("plain", "encrypted", "compressed")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var keys = new DataKeys(new EphemeralDataProtectionProvider(), keyManager: null, TimeProvider.System, CacheMetrics.Unlistened, NullLogger.Instance);
        _codec = new EnvelopeCodec(new MemcachedOptions(), keys, TimeProvider.System, CacheMetrics.Unlistened, NullLogger.Instance);
        _format = new EntryFormat { Encrypt = !string.Equals(Kind, "plain", StringComparison.Ordinal), Compress = string.Equals(Kind, "compressed", StringComparison.Ordinal) };
        _codec.Seal(_address, _value, _terms, _format, _sealed);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sealed.Dispose();
        _scratch.Dispose();
        _again.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Open() => (int)_codec!.Open(_address, _sealed.WrittenMemory, _format, s_now, _scratch, out _);

    [Benchmark]
    public int Seal()
    {
        _again.Clear();
        return (int)_codec!.Seal(_address, _value, _terms, _format, _again);
    }
}
