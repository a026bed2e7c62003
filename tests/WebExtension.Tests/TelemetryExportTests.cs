using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Provider.Tests.Doubles;

namespace WebExtension.Tests;

public sealed class TelemetryExportTests
{
    [Fact]
    public async Task With_an_endpoint_metrics_and_spans_are_sent_there_and_tell_nothing_of_whom_they_are()
    {
        await using var collector = await Collector.StartAsync();
        await using var sample = new Sample(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"));
        using var browser = sample.NewBrowser();
        await browser.SignInAsync("acme-bank", "maria-secret");
        await browser.AccountIdsAsync();
        await browser.AccountIdsAsync();

        await Eventually.TrueAsync(() => Has("metrics", "db.client.operation.duration", "scopedcaching.operations", "scopedcaching.factory.duration", "scopedcaching.server.status", "scopedcaching.local.size"));
        await Eventually.TrueAsync(() => Has("traces", "get_or_create stack", "factory stack", "ScopedCaching.Memcached", "memcached"));

        Assert.All(collector.Received, static message =>
        {
            Assert.DoesNotContain("acme-bank", message.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("maria-secret", message.Text, StringComparison.Ordinal);
        });

        bool Has(string signal, params string[] names) =>
            Array.TrueForAll(names, name => collector.Received.Any(message => string.Equals(message.Signal, signal, StringComparison.Ordinal) && message.Text.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_one_nothing_listens()
    {
        await using var sample = new Sample();
        using var browser = sample.NewBrowser();

        Assert.DoesNotContain(sample.HostedServices, static service => service.Contains("TelemetryExport", StringComparison.Ordinal));
    }

    /// <summary>Takes what exporters send by HTTP. Names and texts stand in the messages as they are.</summary>
    private sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<(string Signal, string Text)> Received { get; } = new();

        public string Url => app.Urls.Single();

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var collector = new Collector(app);
            app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                collector.Received.Enqueue((signal, Encoding.UTF8.GetString(body.ToArray())));
            });
            await app.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
