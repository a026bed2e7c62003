using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Micro;

/// <summary>A get-or-create that finds its value in process memory, and a get over the in-process link, while nobody listens, with metrics, and with spans as well. Who listens does nothing.</summary>
[MemoryDiagnoser]
public class TelemetryBenchmarks : IDisposable
{
    private const string Key = "account:4711:balance";

    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1) };

    private readonly EmbeddedMemcached _server = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private MeterListener? _meters;
    private ActivityListener? _spans;
    private ServiceProvider _services = null!;
    private ICache _stack = null!;
    private IMemcachedClient _client = null!;

    [Params("nothing", "metrics", "metrics and spans")]
    public string ListenedTo { get; set; } = "";

    [GlobalSetup]
    public async Task FillAsync()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddMemcachedScopedCache();
        services.UseEmbeddedMemcached(_server);
        _services = services.BuildServiceProvider();
        _stack = _services.GetRequiredService<IScopedCacheFactory>().Create("customer-17").StackCache;
        _client = _services.GetRequiredService<IMemcachedClient>();
        await _stack.SetAsync(Key, "value", s_local);
        await _stack.GetAsync<string>(Key, s_local);
        await _client.SetAsync(Key, new byte[100]);
        Listen();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _meters?.Dispose();
        _spans?.Dispose();
        _services.Dispose();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public ValueTask<string> LocalGetOrCreateHit() =>
        _stack.GetOrCreateAsync(Key, 0, static (_, _) => new ValueTask<string>("created"), s_local, CancellationToken.None);

    [Benchmark]
    public ValueTask<bool> ClientGetIntoBufferAsync()
    {
        _buffer.ResetWrittenCount();
        return _client.GetAsync(Key, _buffer);
    }

    private void Listen()
    {
        if (ListenedTo is "nothing")
        {
            return;
        }

        _meters = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name is MemcachedTelemetry.MeterName or ScopedCacheTelemetry.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _meters.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _meters.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _meters.Start();
        if (ListenedTo is "metrics and spans")
        {
            _spans = new ActivityListener
            {
                ShouldListenTo = static source => source.Name is MemcachedTelemetry.ActivitySourceName or ScopedCacheTelemetry.ActivitySourceName,
                Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            };
            ActivitySource.AddActivityListener(_spans);
        }
    }
}
