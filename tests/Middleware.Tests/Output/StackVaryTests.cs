using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>By what responses are apart.</summary>
public sealed class StackVaryTests
{
    private const string Acme = "customer_key=acme";

    [Fact]
    public async Task The_whole_query_counts_unless_the_attribute_names_what_does()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/all", output.Render).OutputCacheStack();
            app.MapGet("/some", output.Render).OutputCacheStack(static page => page.VaryByQuery = ["Page", "size"]);
            app.MapGet("/none", output.Render).OutputCacheStack(static page => page.VaryByQuery = []);
            app.MapGet("/star", output.Render).OutputCacheStack(static page => page.VaryByQuery = ["*"]);
        });

        await DiffersAsync(output, "/all?a=1", "/all?a=2", "/all", "/all?a=1&b=1");
        await DiffersAsync(output, "/star?a=1", "/star?a=2");
        await DiffersAsync(output, "/some?page=1", "/some?page=2", "/some?page=1&page=2", "/some?page=1,2", "/some", "/some?page=", "/some?size=1");
        await SameAsync(output, "/some?page=1", "/some?PAGE=1&other=2", "/some?other=1&page=1");
        await SameAsync(output, "/none?a=1", "/none?a=2", "/none");
    }

    [Fact]
    public async Task Headers_count_that_the_attribute_names()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.VaryByHeader = ["X-Region", "X-Kind"]));

        await output.GetAsync("/page", Acme, ("X-Region", "north"));
        await output.GetAsync("/page", Acme, ("x-region", "north"), ("X-Other", "1"));
        Assert.Equal(1, output.Renders);
        await output.GetAsync("/page", Acme, ("X-Region", "south"));
        await output.GetAsync("/page", Acme, ("X-Kind", "north"));
        await output.GetAsync("/page", Acme);

        Assert.Equal(4, output.Renders);
    }

    [Fact]
    public async Task A_path_counts_with_its_case_and_so_do_host_and_route_values()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/page/{id}", output.Render).OutputCacheStack();
            app.MapGet("/made", output.Render).OutputCacheStack(static page => page.VaryByRoute = ["made"]);
            app.Use(static (context, next) =>
            {
                if (context.Request.Headers.TryGetValue("X-Made", out var made))
                {
                    context.Request.RouteValues["made"] = made.ToString();
                }

                return next(context);
            });
        });

        await DiffersAsync(output, "/page/a", "/page/b", "/page/A", "http://other/page/a", "https://localhost/page/a");
        await DiffersAsync(output, "/page/a%1eb", "/page/a%1fb", "/page/a%1e", "/page/%1e?x=%1f", "/page/%1f?x=%1e", "/page/%1e", "/page/a%0ab");
        await output.GetAsync("/made", Acme, ("X-Made", "1"));
        var before = output.Renders;
        await output.GetAsync("/made", Acme, ("X-Made", "1"));
        Assert.Equal(before, output.Renders);
        await output.GetAsync("/made", Acme, ("X-Made", "2"));
        await output.GetAsync("/made", Acme);
        Assert.Equal(before + 2, output.Renders);
    }

    [Fact]
    public async Task Each_user_has_responses_of_their_own_by_request()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.VaryByUser = true));

        Assert.Equal("1 acme ann GET /page", (await output.GetAsync("/page", Acme + ";sub=ann")).Body);
        Assert.Equal("2 acme bob GET /page", (await output.GetAsync("/page", Acme + ";sub=bob")).Body);
        Assert.Equal("1 acme ann GET /page", (await output.GetAsync("/page", Acme + ";sub=ann")).Body);
        Assert.Equal("3 globex ann GET /page", (await output.GetAsync("/page", "customer_key=globex;sub=ann")).Body);
    }

    [Fact]
    public async Task A_signed_in_user_whose_id_is_not_known_is_neither_looked_up_nor_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.VaryByUser = true));

        await output.GetAsync("/page", Acme);
        await output.GetAsync("/page", Acme);
        await output.GetAsync("/page", Acme + ";sub=ann|sub=bob");
        await output.GetAsync("/page", Acme + ";sub=ann|sub=bob");

        Assert.Equal(4, output.Renders);
    }

    [Fact]
    public async Task Roles_count_by_request_and_in_no_order()
    {
        const string Role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.VaryByRoles = true));

        await output.GetAsync("/page", $"{Acme};{Role}=clerk;{Role}=boss");
        await output.GetAsync("/page", $"{Acme};{Role}=boss;{Role}=clerk");
        await output.GetAsync("/page", $"{Acme};{Role}=boss|{Role}=clerk");
        Assert.Equal(1, output.Renders);
        await output.GetAsync("/page", $"{Acme};{Role}=clerk");
        await output.GetAsync("/page", Acme);

        Assert.Equal(3, output.Renders);
    }

    [Fact]
    public async Task Claims_count_that_the_attribute_names_of_all_identities_that_are_authenticated()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.VaryByClaim = ["branch", "desk"]));

        await output.GetAsync("/page", Acme + ";branch=1");
        await output.GetAsync("/page", Acme + ";branch=1;other=2");
        Assert.Equal(1, output.Renders);
        await output.GetAsync("/page", Acme + ";branch=2");
        await output.GetAsync("/page", Acme + ";desk=1");
        await output.GetAsync("/page", Acme + ";branch=1|branch=2");
        await output.GetAsync("/page", Acme);

        Assert.Equal(5, output.Renders);
    }

    [Fact]
    public async Task A_session_level_response_belongs_to_one_session_and_a_service_level_one_to_all()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/session", output.Render).OutputCacheStack(static page => page.Level = StorageLevel.Session);
            app.MapGet("/service", output.Render).OutputCacheStack(static page => page.Level = StorageLevel.Service);
        });

        Assert.Equal("1 acme ann GET /session", (await output.GetAsync("/session", Acme + ";sub=ann;sid=1")).Body);
        Assert.Equal("1 acme ann GET /session", (await output.GetAsync("/session", Acme + ";sub=ann;sid=1")).Body);
        Assert.Equal("2 acme ann GET /session", (await output.GetAsync("/session", Acme + ";sub=ann;sid=2")).Body);
        Assert.Equal("3 acme bob GET /session", (await output.GetAsync("/session", Acme + ";sub=bob;sid=1")).Body);
        Assert.Equal("4 acme ann GET /session", (await output.GetAsync("/session", Acme + ";sub=ann")).Body);
        Assert.Equal("5 acme ann GET /session", (await output.GetAsync("/session", Acme + ";sub=ann")).Body);
        Assert.Equal("6 acme  GET /service", (await output.GetAsync("/service", Acme)).Body);
        Assert.Equal("6 acme  GET /service", (await output.GetAsync("/service", "customer_key=globex")).Body);
        Assert.Equal("6 acme  GET /service", (await output.GetAsync("/service", "")).Body);
    }

    [Fact]
    public async Task Languages_never_share_a_response()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.Use(static (context, next) =>
            {
                CultureInfo.CurrentUICulture = new NamedCulture(context.Request.Headers.AcceptLanguage.ToString());
                return next(context);
            });
            app.MapGet("/page", output.Render).OutputCacheStack();
        });

        await output.GetAsync("/page", Acme, ("Accept-Language", "de"));
        await output.GetAsync("/page", Acme, ("Accept-Language", "en"));
        await output.GetAsync("/page", Acme, ("Accept-Language", "de"));

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task Two_endpoints_of_one_address_never_share_a_response()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/page", [OutputCacheStack] (HttpContext context) => output.Render(context) + " any");
            app.MapGet("/page", [OutputCacheStack] (HttpContext context) => output.Render(context) + " of b").WithOrder(-1).RequireHost("b");
        });

        Assert.EndsWith("of b", (await output.GetAsync("http://b/page")).Body, StringComparison.Ordinal);
        Assert.EndsWith("any", (await output.GetAsync("http://a/page")).Body, StringComparison.Ordinal);
    }

    private static async Task DiffersAsync(OutputApp output, params string[] paths)
    {
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths.Concat(paths))
        {
            bodies.Add((await output.GetAsync(path)).Body);
        }

        Assert.Equal(paths.Length, bodies.Count);
    }

    private static async Task SameAsync(OutputApp output, params string[] paths)
    {
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            bodies.Add((await output.GetAsync(path)).Body);
        }

        Assert.Single(bodies);
    }

    // Where the platform knows the invariant culture only.
    private sealed class NamedCulture(string name) : CultureInfo("")
    {
        public override string Name => name;
    }
}
