using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Output;

namespace Middleware.Tests.Output;

public sealed class StackTelemetryTests
{
    [Fact]
    public async Task Requests_are_counted_by_outcome_and_what_is_not_stored_by_reason()
    {
        var log = new CapturedLog();
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.MapMethods("/page", ["GET", "POST"], output.Render).OutputCacheStack();
                app.MapGet("/cookie", static (HttpContext context) => context.Response.Headers.SetCookie = "a=1").OutputCacheStack();
                app.MapGet("/large", static () => new string('x', 2 << 20)).OutputCacheStack();
                app.MapGet("/narrow", static async (IScopedCache caches) => await caches.SessionCache.GetOrDefaultAsync("x", "") + "secret-body").OutputCacheStack();
            },
            build: builder => builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name.StartsWith("scopedcaching.output.", StringComparison.Ordinal)
                    && ReferenceEquals(instrument.Meter.Scope, output.Services.GetRequiredService<IMeterFactory>()))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => counted.Enqueue($"{instrument.Name["scopedcaching.output.".Length..]} {tags[0].Value}"));
        listener.Start();

        await output.GetAsync("/page");
        await output.GetAsync("/page");
        await output.GetAsync("/page", headers: ("If-None-Match", "*"));
        await output.SendAsync(HttpMethod.Post, "/page");
        await output.GetAsync("/cookie?secret-query");
        await output.GetAsync("/cookie?secret-query");
        await output.GetAsync("/large");
        await output.GetAsync("/narrow", "customer_key=secret-customer;sub=secret-user;sid=1");

        Assert.Equal(
            [
                "requests miss", "requests hit", "requests not_modified", "requests bypassed",
                "not_stored set_cookie", "requests miss", "requests uncacheable",
                "not_stored too_large", "requests miss", "not_stored narrower_data", "requests miss",
            ],
            counted,
            StringComparer.Ordinal);
        Assert.Contains(log.Entries, static entry => entry.Id.Id == 2021);
        Assert.DoesNotContain(log.Entries, static entry => entry.Id.Id is >= 2000 and < 3000 && entry.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_response_counts_in_the_process_memory_for_what_it_takes()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", (HttpContext context) =>
            {
                output.Render(context);
                return new string('x', 10_000);
            }).OutputCacheStack(static page => page.Policy = "local"),
            static options => (options.LocalSizeLimit, options.Policies["local"]) = (60_000, CachePolicy.Local));
        await output.GetAsync("/page");
        await output.GetAsync("/page");
        var commands = await output.Fleet.CommandsAsync();

        await output.GetAsync("/page");

        // An eighth of the limit is the most that one entry may take.
        Assert.True(await output.Fleet.CommandsAsync() > commands);
    }

    [Fact]
    public async Task An_answer_that_its_client_did_not_wait_for_is_told_so_that_its_memory_is_not_reused()
    {
        using var gone = new CancellationTokenSource();
        var context = new DefaultHttpContext { RequestAborted = gone.Token };
        context.Request.Method = "GET";
        context.Features.Set<IHttpResponseBodyFeature>(new GoneClient());
        await gone.CancelAsync();

        var sent = await PageAnswer.SendAsync(context, new CachedPage(DateTimeOffset.UnixEpoch, [], new byte[10]), DateTimeOffset.UnixEpoch);

        Assert.Equal(Sent.Interrupted, sent);
    }

    private sealed class GoneClient() : StreamResponseBodyFeature(Stream.Null)
    {
        private readonly Pipe _full = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));

        public new PipeWriter Writer => _full.Writer;
    }
}
