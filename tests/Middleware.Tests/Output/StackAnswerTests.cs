using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Middleware.Tests.Output;

/// <summary>What a cached response looks like to its client.</summary>
public sealed class StackAnswerTests
{
    [Fact]
    public async Task A_hit_has_the_heads_and_body_of_the_rendering_and_its_age()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers["X-Several"] = new StringValues(["a", "b"]);
            context.Response.Headers.CacheControl = "max-age=30";
            await context.Response.WriteAsync("<p>Grüße ");
            await context.Response.WriteAsync(output.Render(context));
        }).OutputCacheStack(TimeSpan.FromMinutes(1)));

        var first = await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(17.5));
        var second = await output.GetAsync("/page");

        Assert.Equal("<p>Grüße 1 acme  GET /page", first.Body);
        Assert.Null(first["Age"]);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal("17", second["Age"]);
        Assert.Equal("text/html; charset=utf-8", second["Content-Type"]);
        Assert.Equal("a, b", second["X-Several"]);
        Assert.Equal("max-age=30", second["Cache-Control"]);
        Assert.Equal("28", second["Content-Length"]);
    }

    [Fact]
    public async Task A_response_ends_with_its_time()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(TimeSpan.FromSeconds(60)));

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(59));
        await output.GetAsync("/page");
        Assert.Equal(1, output.Renders);
        output.Clock.Advance(TimeSpan.FromSeconds(2));
        await output.GetAsync("/page");

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task A_client_that_has_the_response_is_told_so()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());

        await output.GetAsync("/page");
        var tag = (await output.GetAsync("/page"))["ETag"]!;
        var known = await output.GetAsync("/page", headers: ("If-None-Match", $"\"other\", {tag}"));
        var any = await output.GetAsync("/page", headers: ("If-None-Match", "*"));
        var changed = await output.GetAsync("/page", headers: ("If-None-Match", "\"other\""));

        Assert.Equal(HttpStatusCode.NotModified, known.Status);
        Assert.Equal("", known.Body);
        Assert.Equal(tag, known["ETag"]);
        Assert.Null(known["Content-Type"]);
        Assert.Equal(HttpStatusCode.NotModified, any.Status);
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task Another_customers_entity_tag_is_not_known()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());

        await output.GetAsync("/page", "customer_key=acme");
        var tag = (await output.GetAsync("/page", "customer_key=acme"))["ETag"]!;
        await output.GetAsync("/page", "customer_key=globex");
        var other = await output.GetAsync("/page", "customer_key=globex", ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.OK, other.Status);
        Assert.Equal("2 globex  GET /page", other.Body);
    }

    [Fact]
    public async Task The_endpoints_own_entity_tag_and_date_count()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            context.Response.Headers.ETag = "\"own\"";
            context.Response.Headers.LastModified = "Tue, 01 Jan 2030 00:00:00 GMT";
            return output.Render(context);
        }).OutputCacheStack());

        await output.GetAsync("/page");

        Assert.Equal(HttpStatusCode.NotModified, (await output.GetAsync("/page", headers: ("If-None-Match", "\"own\""))).Status);
        Assert.Equal(HttpStatusCode.NotModified, (await output.GetAsync("/page", headers: ("If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await output.GetAsync("/page", headers: ("If-Modified-Since", "Mon, 31 Dec 2029 00:00:00 GMT"))).Status);
        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task A_client_that_has_an_older_response_does_not_keep_the_new_one_from_being_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            output.Render(context);
            return context.Request.Headers.IfNoneMatch.Count > 0 ? Results.StatusCode(304) : Results.Text("whole");
        }).OutputCacheStack());

        var first = await output.GetAsync("/page", headers: ("If-None-Match", "\"old\""));
        var second = await output.GetAsync("/page");

        Assert.Equal(("whole", "whole", 1), (first.Body, second.Body, output.Renders));
    }

    [Fact]
    public async Task Head_is_answered_from_what_get_has_stored_and_stores_nothing_itself()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapMethods("/page", ["GET", "HEAD"], output.Render).OutputCacheStack());

        await output.SendAsync(HttpMethod.Head, "/page");
        var get = await output.GetAsync("/page");
        Assert.Equal("2 acme  GET /page", get.Body);
        var head = await output.SendAsync(HttpMethod.Head, "/page");

        Assert.Equal(2, output.Renders);
        Assert.Equal("", head.Body);
        Assert.Equal(get.Body.Length.ToString(), head["Content-Length"]);
    }

    [Fact]
    public async Task What_middleware_says_of_each_request_is_not_answered_from_another()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.Use(static (context, next) =>
            {
                context.Response.Headers["X-Request"] = context.Request.Headers["X-Number"];
                return next(context);
            });
            app.MapGet("/page", output.Render).OutputCacheStack();
        });

        var first = await output.GetAsync("/page", headers: ("X-Number", "one"));
        var second = await output.GetAsync("/page", headers: ("X-Number", "two"));

        Assert.Equal(first.Body, second.Body);
        Assert.Equal(("one", "two"), (first["X-Request"], second["X-Request"]));
    }

    [Fact]
    public async Task A_body_stays_in_the_encoding_it_was_rendered_in()
    {
        byte[] encoded = [0x1f, 0x8b, 1, 2, 3, 250];
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            output.Render(context);
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.BodyWriter.WriteAsync(encoded);
        }).OutputCacheStack());

        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Headers = { { "X-Claims", "customer_key=acme" } } };
            using var response = await output.App.Client.SendAsync(request);
            Assert.Equal("gzip", response.Content.Headers.ContentEncoding.Single());
            Assert.Equal(encoded, await response.Content.ReadAsByteArrayAsync());
        }

        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task Compressing_middleware_compresses_what_is_answered_from_the_cache_as_each_client_wants_it()
    {
        var text = new string('x', 5000);
        await using var output = await OutputApp.StartAsync(
            (app, output) =>
            {
                app.UseResponseCompression();
                app.MapGet("/page", (HttpContext context) =>
                {
                    output.Render(context);
                    return Results.Text(text);
                }).OutputCacheStack();
            },
            build: static builder => builder.Services.AddResponseCompression());

        var packed = await output.GetAsync("/page", headers: ("Accept-Encoding", "gzip"));
        var plain = await output.GetAsync("/page");
        var again = await output.GetAsync("/page", headers: ("Accept-Encoding", "gzip"));

        Assert.Equal("gzip", packed["Content-Encoding"]);
        Assert.Equal(text, plain.Body);
        Assert.Null(plain["Content-Encoding"]);
        Assert.Equal("gzip", again["Content-Encoding"]);
        Assert.True(again.Body.Length < 500);
        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task A_file_is_cached_like_any_other_response()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "of the file");
        try
        {
            await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                output.Render(context);
                await context.Response.SendFileAsync(path);
            }).OutputCacheStack());

            await output.GetAsync("/page");
            var second = await output.GetAsync("/page");

            Assert.Equal(("of the file", 1), (second.Body, output.Renders));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task What_is_written_without_a_flush_is_stored_and_sent()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            output.Render(context);
            var span = context.Response.BodyWriter.GetSpan(3);
            "abc"u8.CopyTo(span);
            context.Response.BodyWriter.Advance(3);
            return Task.CompletedTask;
        }).OutputCacheStack());

        Assert.Equal("abc", (await output.GetAsync("/page")).Body);
        Assert.Equal("abc", (await output.GetAsync("/page")).Body);
        Assert.Equal(1, output.Renders);
    }
}
