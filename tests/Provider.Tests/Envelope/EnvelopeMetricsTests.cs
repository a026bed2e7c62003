using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Envelope;

public sealed class EnvelopeMetricsTests : IDisposable
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string> _counted = [];

    public EnvelopeMetricsTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        Metrics = new CacheMetrics(factory);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
            _counted.Add($"{instrument.Name} {count} {(tags.Length > 0 ? tags[0].Value : "")}".TrimEnd()));
        _listener.Start();
    }

    private CacheMetrics Metrics { get; }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Every_entry_that_does_not_open_is_counted_by_its_reason()
    {
        using var process = new Process(metrics: Metrics);
        var envelope = process.Seal(s_address, "v", terms: new EnvelopeTerms(process.Clock.GetUtcNow().AddSeconds(1), null));
        _counted.Clear();
        envelope[^1] ^= 1;
        process.Open(s_address, envelope);
        envelope[^1] ^= 1;
        process.Open(s_address, envelope);
        process.Clock.Advance(TimeSpan.FromSeconds(1));
        process.Open(s_address, envelope);
        process.Open(s_address, process.Seal(s_address, "v", Process.Plain));
        process.Open(s_address, default);
        process.Open(s_address, new byte[] { 9, 9 });
        process.Codec.Count(OpenOutcome.ChunkMissing);
        Assert.Equal(
            ["scopedcaching.envelope.unopenable 1 tampered", "scopedcaching.envelope.unopenable 1 expired", "scopedcaching.envelope.unopenable 1 not_encrypted",
                "scopedcaching.envelope.unopenable 1 malformed", "scopedcaching.envelope.unopenable 1 newer_revision",
                "scopedcaching.envelope.unopenable 1 chunk_missing"],
            _counted);
    }

    [Fact]
    public void A_foreign_key_ring_is_counted_apart()
    {
        using var here = new KeyRing();
        using var there = new KeyRing();
        using var writer = Process.On(there);
        using var reader = new Process(here.Provider, here.Manager, metrics: Metrics);
        reader.Open(s_address, writer.Seal(s_address, "v"));
        Assert.Equal(["scopedcaching.data_key.unwrapped 1 failure", "scopedcaching.envelope.unopenable 1 foreign_key_ring"], _counted);
    }

    [Fact]
    public void A_value_of_another_type_is_counted()
    {
        using var process = new Process(metrics: Metrics);
        using var scratch = new PooledBuffer();
        process.Codec.Open(s_address, process.Seal(s_address, "text"), EntryFormat.Default, default, scratch, out var opened);
        process.Codec.TryRead<int>(opened, EntryFormat.Default, out _);
        Assert.Equal(["scopedcaching.data_key.created 1", "scopedcaching.envelope.unreadable 1"], _counted);
    }
}
