using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Web;

/// <summary>
/// Metrics and spans, sent by OTLP to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, as the other variables of OpenTelemetry's exporters say. Without that variable nobody listens, and nothing is measured.
/// </summary>
internal static class TelemetryExport
{
    public static IServiceCollection AddTelemetryExport(this IServiceCollection services, IConfiguration configuration) =>
        string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) ? services : services.AddHostedService(_ => new Export(configuration));

    private sealed class Export(IConfiguration configuration) : IHostedService, IDisposable
    {
        private OpenTelemetrySdk? _telemetry;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _telemetry = OpenTelemetrySdk.Create(telemetry =>
            {
                telemetry.Services.AddSingleton(configuration);
                telemetry
                    .ConfigureResource(static resource => resource.AddService("webextension"))
                    .WithMetrics(static metrics => metrics.AddMeter(MemcachedTelemetry.MeterName, ScopedCacheTelemetry.MeterName, "Microsoft.AspNetCore.Hosting"))
                    .WithTracing(static traces => traces.AddSource(MemcachedTelemetry.ActivitySourceName, ScopedCacheTelemetry.ActivitySourceName, "Microsoft.AspNetCore"))
                    .UseOtlpExporter();
            });
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        // Sends what is left.
        public void Dispose() => _telemetry?.Dispose();
    }
}
