using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/telemetry.md.</summary>
public static class TelemetrySnippets
{
    public static OpenTelemetrySdk Subscribe()
    {
        // <readme>
        var telemetry = OpenTelemetrySdk.Create(o => o
            .WithMetrics(m => m.AddMeter(MemcachedTelemetry.MeterName, ScopedCacheTelemetry.MeterName))
            .WithTracing(t => t.AddSource(MemcachedTelemetry.ActivitySourceName, ScopedCacheTelemetry.ActivitySourceName))
            .UseOtlpExporter());                                                        // to OTEL_EXPORTER_OTLP_ENDPOINT
        // </readme>
        return telemetry;
    }
}
