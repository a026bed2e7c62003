using BenchmarkDotNet.Attributes;
using Provider.Benchmarks.Load;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Micro;

/// <summary>One caller's whole operation over the in-process link to the embedded server: everything but sockets and another process.</summary>
[MemoryDiagnoser]
public class RoundTripBenchmarks : IAsyncDisposable
{
    private readonly EmbeddedMemcached _server = new();
    private readonly byte[] _value = new byte[100];
    private Caches? _caches;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _caches = new Caches(options => options.Embedded = _server);
        await _caches.Client.SetAsync("key", _value);
        await _caches.Distributed.SetAsync("key", _value, new());
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _caches!.DisposeAsync();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public ValueTask<MemcachedItem> ClientGetAsync() => _caches!.Client.GetAsync("key");

    [Benchmark]
    public ValueTask<bool> ClientSetAsync() => _caches!.Client.SetAsync("key", _value);

    [Benchmark]
    public Task<byte[]?> DistributedGetEncryptedAsync() => _caches!.Distributed.GetAsync("key");
}
