using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>Wherever the attribute or the convention may stand.</summary>
public sealed class StackFormsTests
{
    [Fact]
    public async Task The_attribute_alone_caches_a_response()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", [OutputCacheStack(Seconds = 60)] (HttpContext context) => output.Render(context)), useScopedCache: false);

        var first = await output.GetAsync("/page");
        var second = await output.GetAsync("/page");

        Assert.Equal("1 acme  GET /page", first.Body);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(1, output.Renders);
    }

    [Theory]
    [InlineData("/endpoint", true)]
    [InlineData("/group/plain", true)]
    [InlineData("/group/off", false)]
    [InlineData("/group/inner/plain", true)]
    [InlineData("/plain", false)]
    [InlineData("/none", false)]
    public async Task Endpoints_and_groups_are_cached_by_convention(string path, bool cached)
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/endpoint", output.Render).OutputCacheStack();
            app.MapGet("/plain", output.Render);
            app.MapGet("/none", output.Render).OutputCacheStack(static page => page.NoStore = true);
            var group = app.MapGroup("/group").OutputCacheStack(TimeSpan.FromMinutes(1));
            group.MapGet("/plain", output.Render);
            group.MapGet("/off", output.Render).OutputCacheStack(static page => page.NoStore = true);
            group.MapGroup("/inner").MapGet("/plain", output.Render);
        });

        await output.GetAsync(path);
        await output.GetAsync(path);

        Assert.Equal(cached ? 1 : 2, output.Renders);
    }

    [Theory]
    [InlineData("/pages/controller", "/pages/controller?own=1", 1)]
    [InlineData("/pages/action", "/pages/action?own=1", 2)]
    [InlineData("/pages/off", "/pages/off", 2)]
    public async Task An_action_wins_over_its_controller_and_that_over_all_controllers(string path, string other, int renders)
    {
        await using var output = await OutputApp.StartAsync(
            static (app, _) => app.MapControllers().OutputCacheStack(static page => page.NoStore = true),
            build: static builder => builder.Services.AddSingleton<RenderCount>().AddControllers());

        await output.GetAsync(path);
        await output.GetAsync(other);

        Assert.Equal(renders, output.Services.GetRequiredService<RenderCount>().Value);
    }

    [Fact]
    public async Task A_razor_page_is_cached_by_the_attribute_of_its_model()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, _) => app.MapRazorPages(),
            build: static builder => builder.Services.AddSingleton<RenderCount>().AddRazorPages().ConfigureApplicationPartManager(static parts => parts.ApplicationParts.Add(new CompiledPagePart())));

        var first = await output.GetAsync("/Statement");
        var second = await output.GetAsync("/Statement");
        var other = await output.GetAsync("/Statement", "customer_key=globex");

        Assert.Equal("<p>1 acme</p>", first.Body);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal("<p>2 globex</p>", other.Body);
        Assert.Equal("<p>-3 acme</p>", (await output.GetAsync("/Statement?handler=other")).Body);
        Assert.Equal(first.Body, (await output.GetAsync("/Statement?more=1")).Body);
    }

    [Fact]
    public async Task Only_get_is_cached()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapMethods("/page", ["GET", "POST", "PUT"], output.Render).OutputCacheStack());

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Post, HttpMethod.Get })
        {
            await output.SendAsync(method, "/page");
        }

        Assert.Equal(4, output.Renders);
    }

    [Fact]
    public async Task Who_is_turned_away_from_the_endpoint_is_turned_away_from_its_cached_response()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseAuthorization();
                app.MapGet("/page", output.Render).OutputCacheStack().RequireAuthorization(static policy => policy.RequireClaim("may"));
            },
            build: static builder => builder.Services.AddAuthorization().AddAuthentication("test").AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, NobodyHandler>("test", null));

        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme;may=1")).Body);
        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme;may=2")).Body);
        var refused = await output.GetAsync("/page", "customer_key=acme");

        Assert.Equal(403, (int)refused.Status);
        Assert.Equal("", refused.Body);
    }

    [Fact]
    public async Task Middleware_between_routing_and_the_endpoint_sees_the_endpoint_as_it_is()
    {
        var seen = new List<string?>();
        await using var output = await OutputApp.StartAsync((app, output) =>
        {
            app.Use((context, next) =>
            {
                seen.Add((context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText);
                seen.Add(context.GetEndpoint()?.Metadata.GetMetadata<CacheLevelAttribute>()?.Level.ToString());
                return next(context);
            });
            app.MapGet("/page/{id}", output.Render).OutputCacheStack().CacheLevel(StorageLevel.Service);
        });

        await output.GetAsync("/page/1");

        Assert.Equal(["/page/{id}", "Service"], seen);
    }
}

public sealed class RenderCount
{
    private int _value;

    public int Value => _value;

    public int Next() => Interlocked.Increment(ref _value);
}

[ApiController]
[Route("pages")]
[OutputCacheStack(Seconds = 60, VaryByQuery = [])]
public sealed class PagesController(RenderCount count) : ControllerBase
{
    [HttpGet("controller")]
    public int Inherited() => count.Next();

    [HttpGet("action")]
    [OutputCacheStack(Seconds = 60)]
    public int Own() => count.Next();

    [HttpGet("off")]
    [OutputCacheStack(NoStore = true)]
    public int Off() => count.Next();
}
