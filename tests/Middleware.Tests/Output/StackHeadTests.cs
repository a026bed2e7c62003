using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>Heads of responses that tell late, or elsewhere, that their bodies are for one only.</summary>
public sealed class StackHeadTests
{
    private const string Nonce = "r4nd0m+/text==";

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task What_the_endpoint_adds_when_the_response_starts_counts_also_where_middleware_holds_that_back(bool addsLater, int renders)
    {
        await using var output = await OutputApp.StartAsync((app, output) =>
        {
            app.Use(HoldBackAsync);
            app.MapGet("/page", (HttpContext context) =>
            {
                if (addsLater)
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Response.Headers.Append("Set-Cookie", "message=; max-age=0");
                        return Task.CompletedTask;
                    });
                }

                return output.Render(context);
            }).OutputCacheStack();
        });

        var first = await output.GetAsync("/page", "customer_key=acme;sub=ann");
        var second = await output.GetAsync("/page", "customer_key=acme;sub=bob");

        Assert.Equal("1 acme ann GET /page", first.Body);
        Assert.Equal(addsLater, first["Set-Cookie"] is not null);
        Assert.Equal(renders, output.Renders);
        Assert.Equal(200, (int)second.Status);
    }

    [Fact]
    public async Task What_is_added_when_the_response_starts_and_is_no_cookie_does_not_matter_where_nobody_holds_it_back()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            context.Response.OnStarting(static () => Task.CompletedTask);
            context.Response.OnCompleted(static () => Task.CompletedTask);
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = "fine";
            return output.Render(context);
        }).OutputCacheStack());

        await output.GetAsync("/page");
        await output.GetAsync("/page");

        Assert.Equal(1, output.Renders);
    }

    [Theory]
    [InlineData("Content-Security-Policy", "default-src 'self'; script-src 'strict-dynamic' 'nonce-" + Nonce + "'", false, 2)]
    [InlineData("Content-Security-Policy-Report-Only", "script-src 'nonce-other' 'NONCE-" + Nonce + "'", true, 2)]
    [InlineData("Content-Security-Policy", "script-src 'nonce-other'", false, 1)]
    [InlineData("Content-Security-Policy", "script-src 'self' 'nonce-'", false, 1)]
    public async Task A_page_with_the_nonce_of_its_content_security_policy_is_not_stored(string header, string policy, bool encoded, int renders)
    {
        await using var output = await OutputApp.StartAsync((app, output) =>
        {
            app.Use((context, next) =>
            {
                context.Response.Headers[header] = policy;
                return next(context);
            });
            app.MapGet("/page", (HttpContext context) => $"<script nonce=\"{(encoded ? HtmlEncoder.Default.Encode(Nonce) : Nonce)}\">{output.Render(context)}</script>").OutputCacheStack();
        });

        await output.GetAsync("/page");
        await output.GetAsync("/page");

        Assert.Equal(renders, output.Renders);
    }

    private static async Task HoldBackAsync(HttpContext context, RequestDelegate next)
    {
        var inner = context.Response.Body;
        using var held = new MemoryStream();
        context.Response.Body = held;
        await next(context);
        context.Response.Body = inner;
        held.Position = 0;
        await held.CopyToAsync(inner);
    }
}
