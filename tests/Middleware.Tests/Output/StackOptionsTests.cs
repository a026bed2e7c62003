using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Authorization;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>What the attribute may say, and what it may not.</summary>
public sealed class StackOptionsTests
{
    [Fact]
    public async Task A_named_policy_says_what_the_attribute_does_not()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.MapGet("/short", output.Render).OutputCacheStack(static page => page.Policy = "short");
                app.MapGet("/own", output.Render).OutputCacheStack(static page => (page.Policy, page.Seconds) = ("short", 60));
                app.MapGet("/default", output.Render).OutputCacheStack();
            },
            static options =>
            {
                options.Policies["short"] = TimeSpan.FromSeconds(5);
                options.DefaultPolicy = TimeSpan.FromSeconds(30);
            });

        await EndsAfterAsync(output, "/short", 5);
        await EndsAfterAsync(output, "/own", 60);
        await EndsAfterAsync(output, "/default", 30);
    }

    [Fact]
    public async Task A_policy_that_there_is_not_is_named_at_the_first_use_with_the_endpoints_name()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page/{id}", output.Render).OutputCacheStack(static page => page.Policy = "pagse"),
            static options => options.Policies["pages"] = TimeSpan.FromSeconds(5));

        // Also who would not be answered from the cache is told.
        foreach (var claims in (string[])["customer_key=acme", ""])
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => output.GetAsync("/page/1", claims));

            Assert.Contains("[OutputCacheStack] on '/page/{id}': There is no cache policy 'pagse'. Known policies: pages.", error.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<OutputCacheStackAttribute, string> Impossible => new()
    {
        { new OutputCacheStackAttribute { Seconds = -1 }, "Seconds must not be negative" },
        { new OutputCacheStackAttribute { StaleFor = -1 }, "StaleFor must not be negative" },
        { new OutputCacheStackAttribute { Level = StorageLevel.Service, VaryByUser = true }, "VaryByUser requires the level Stack or Session" },
        { new OutputCacheStackAttribute { Level = (StorageLevel)7 }, "there is no such Level" },
        { new OutputCacheStackAttribute { VaryByQuery = [" "] }, "a name to vary by is blank" },
        { new OutputCacheStackAttribute { VaryByHeader = ["*"] }, "'*' is not a header name" },
        { new OutputCacheStackAttribute { Tags = [""] }, "tags" },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_is_said_at_the_first_use_with_the_endpoints_name(OutputCacheStackAttribute attribute, string why)
    {
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page/{id}", output.Render).WithMetadata(attribute));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => output.GetAsync("/page/1"));

        Assert.Contains("[OutputCacheStack] on '/page/{id}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expiration_of_nothing_is_refused_where_it_is_written()
    {
        using var app = WebApplication.CreateBuilder().Build();

        Assert.Throws<ArgumentOutOfRangeException>(() => app.MapGet("/page", static () => "").OutputCacheStack(TimeSpan.Zero));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_platforms_output_caching_on_the_same_endpoint_is_refused(bool attribute)
    {
        await using var output = await OutputApp.StartAsync(
            (app, output) =>
            {
                var page = app.MapGet("/page", output.Render).OutputCacheStack();
                _ = attribute ? page.WithMetadata(new OutputCacheAttribute()) : page.CacheOutput();
            },
            build: static builder => builder.Services.AddOutputCache());

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => output.GetAsync("/page"));

        Assert.Contains("Choose one", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("authorize")]
    [InlineData("own")]
    [InlineData("type")]
    [InlineData("service")]
    [InlineData("service by its interface")]
    [InlineData("factory")]
    public async Task An_authorization_filter_inside_the_action_is_refused_because_a_hit_would_skip_it(string filter)
    {
        await using var output = await OutputApp.StartAsync(
            static (app, _) => app.MapControllers(),
            build: builder => builder.Services.AddSingleton<IOwnFilter, OwnFilter>().AddSingleton<RenderCount>().AddControllers(options => options.Filters.Add(filter switch
            {
                "authorize" => new AuthorizeFilter(),
                "own" => new OwnFilter(),
                "type" => new TypeFilterAttribute(typeof(OwnFilter)),
                "service by its interface" => new ServiceFilterAttribute(typeof(IOwnFilter)),
                "factory" => new OwnFactory(new OwnFilter()),
                _ => new ServiceFilterAttribute(typeof(OwnFilter)),
            })));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => output.GetAsync("/pages/action"));

        Assert.Contains("would not be asked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_that_do_not_look_at_the_user_are_allowed()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, _) => app.MapControllers(),
            build: static builder => builder.Services.AddSingleton<RenderCount>().AddControllersWithViews(static options =>
            {
                options.Filters.Add(new RequireHttpsAttribute());
                options.Filters.Add(new AutoValidateAntiforgeryTokenAttribute());
                options.Filters.Add(new RequestSizeLimitAttribute(1024));
                options.Filters.Add(new OwnFactory(new ResponseCacheAttribute()));
            }));

        await output.GetAsync("https://localhost/pages/action");
        await output.GetAsync("https://localhost/pages/action");
        var insecure = await output.GetAsync("/pages/action");

        Assert.Equal(1, output.Services.GetRequiredService<RenderCount>().Value);
        Assert.Equal(302, (int)insecure.Status);
    }

    private static async Task EndsAfterAsync(OutputApp output, string path, int seconds)
    {
        var before = output.Renders;
        await output.GetAsync(path);
        output.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        await output.GetAsync(path);
        Assert.Equal(before + 1, output.Renders);
        output.Clock.Advance(TimeSpan.FromSeconds(2));
        await output.GetAsync(path);
        Assert.Equal(before + 2, output.Renders);
    }

    private interface IOwnFilter : IFilterMetadata;

    private sealed class OwnFactory(IFilterMetadata made) : IFilterFactory
    {
        public bool IsReusable => false;

        public IFilterMetadata CreateInstance(IServiceProvider serviceProvider) => made;
    }

    private sealed class OwnFilter : IAuthorizationFilter, IOwnFilter
    {
        public void OnAuthorization(AuthorizationFilterContext context) => context.Result = new ForbidResult();
    }
}
