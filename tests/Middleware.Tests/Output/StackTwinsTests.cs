using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.DependencyInjection;

namespace Middleware.Tests.Output;

/// <summary>Endpoints and route values that no text tells apart.</summary>
public sealed class StackTwinsTests
{
    [Fact]
    public async Task Endpoints_of_one_lambda_and_one_address_are_refused_until_they_have_names()
    {
        await using var nameless = await StartAsync(static (endpoint, _) => endpoint);
        await using var named = await StartAsync(static (endpoint, version) => endpoint.WithDisplayName($"page {version}"));

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => nameless.GetAsync("/page", headers: ("X-Version", "one")));
        Assert.Contains("WithDisplayName", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => nameless.GetAsync("/page", headers: ("X-Version", "two")));
        for (var time = 0; time < 2; time++)
        {
            Assert.StartsWith("one 1 ", (await named.GetAsync("/page", headers: ("X-Version", "one"))).Body, StringComparison.Ordinal);
            Assert.StartsWith("two 2 ", (await named.GetAsync("/page", headers: ("X-Version", "two"))).Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Endpoints_of_one_lambda_for_several_hosts_need_no_names()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            foreach (var host in (string[])["one.example", "two.example"])
            {
                app.MapGet("/page", (HttpContext context) => $"{host} {output.Render(context)}").RequireHost(host).OutputCacheStack();
            }
        });

        for (var time = 0; time < 2; time++)
        {
            Assert.StartsWith("one.example 1 ", (await output.GetAsync("/page", headers: ("Host", "one.example"))).Body, StringComparison.Ordinal);
            Assert.StartsWith("two.example 2 ", (await output.GetAsync("/page", headers: ("Host", "two.example"))).Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_route_value_whose_text_does_not_tell_what_it_is_keeps_the_request_from_the_cache()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.UseRouting();
            app.Use(static (context, next) =>
            {
                context.Request.RouteValues["branch"] = new Branch(context.Request.Query["branch"].ToString());
                context.Request.RouteValues["number"] = 7;
                return next(context);
            });
            app.MapGet("/branch", (HttpContext context) => $"{((Branch)context.Request.RouteValues["branch"]!).Name} {output.Render(context)}")
                .OutputCacheStack(static cached => (cached.VaryByQuery, cached.VaryByRoute) = ([], ["branch"]));
            app.MapGet("/number", output.Render).OutputCacheStack(static cached => cached.VaryByRoute = ["number"]);
        });

        Assert.StartsWith("north ", (await output.GetAsync("/branch?branch=north")).Body, StringComparison.Ordinal);
        Assert.StartsWith("south ", (await output.GetAsync("/branch?branch=south")).Body, StringComparison.Ordinal);
        Assert.StartsWith("3 ", (await output.GetAsync("/number")).Body, StringComparison.Ordinal);
        Assert.StartsWith("3 ", (await output.GetAsync("/number")).Body, StringComparison.Ordinal);
    }

    private static Task<OutputApp> StartAsync(Func<RouteHandlerBuilder, string, RouteHandlerBuilder> name) => OutputApp.StartAsync(
        (app, output) =>
        {
            foreach (var version in (string[])["one", "two"])
            {
                name(app.MapGet("/page", (HttpContext context) => $"{version} {output.Render(context)}"), version).WithMetadata(new ServedVersion(version)).OutputCacheStack();
            }
        },
        build: static builder => builder.Services.AddSingleton<MatcherPolicy, VersionPolicy>());

    private sealed class Branch(string name)
    {
        public string Name => name;
    }

    private sealed record ServedVersion(string Version);

    /// <summary>Chooses among endpoints of one address by a header, as versioned APIs do.</summary>
    private sealed class VersionPolicy : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => 0;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count; i++)
            {
                var served = candidates[i].Endpoint.Metadata.GetMetadata<ServedVersion>();
                if (served is not null && !string.Equals(served.Version, httpContext.Request.Headers["X-Version"].ToString(), StringComparison.Ordinal))
                {
                    candidates.SetValidity(i, value: false);
                }
            }

            return Task.CompletedTask;
        }
    }
}
