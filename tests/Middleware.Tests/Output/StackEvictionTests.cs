using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Output;

public sealed class StackEvictionTests
{
    private const string Acme = "customer_key=acme";
    private const string Globex = "customer_key=globex";

    [Fact]
    public async Task All_responses_of_a_customer_are_evicted_and_nothing_else()
    {
        await using var output = await StartAsync();
        var data = output.Services.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;
        await data.SetAsync("data", "stays");
        await FillAsync(output);

        Assert.True(await output.Eviction.For("acme").EvictAsync());

        await RendersAsync(output, (Acme, "/accounts/1", true), (Acme, "/branches", true), (Globex, "/accounts/1", false));
        Assert.Equal("stays", (await data.TryGetAsync<string>("data")).Value);
    }

    [Fact]
    public async Task Responses_are_evicted_by_tag_within_their_customer()
    {
        await using var output = await StartAsync();
        await FillAsync(output);

        Assert.True(await output.Eviction.For("acme").EvictByTagAsync(["money"]));

        await RendersAsync(output, (Acme, "/accounts/1", true), (Acme, "/branches", false), (Globex, "/accounts/1", false));
    }

    [Fact]
    public async Task Responses_are_evicted_by_endpoint_in_all_variants()
    {
        await using var output = await StartAsync();
        await FillAsync(output);
        await output.GetAsync("/accounts/2", Acme);

        Assert.True(await output.Eviction.For("acme").EvictByEndpointAsync("Accounts/{id}/"));

        await RendersAsync(output, (Acme, "/accounts/1", true), (Acme, "/accounts/2", true), (Acme, "/branches", false), (Globex, "/accounts/1", false));
    }

    [Fact]
    public async Task The_requests_own_customer_evicts_its_own_responses()
    {
        await using var output = await StartAsync();
        await FillAsync(output);

        Assert.Equal("True", (await output.GetAsync("/evict", Acme)).Body);

        await RendersAsync(output, (Acme, "/branches", true), (Globex, "/branches", false));
        await Assert.ThrowsAsync<ScopeUnavailableException>(() => output.GetAsync("/evict", "sub=ann"));
        await Assert.ThrowsAsync<ScopeUnavailableException>(async () => await output.Eviction.EvictAsync());
    }

    [Fact]
    public async Task Clearing_the_customers_cache_clears_its_responses()
    {
        await using var output = await StartAsync();
        await FillAsync(output);

        await output.Services.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache.ClearAsync();

        await RendersAsync(output, (Acme, "/branches", true), (Globex, "/branches", false));
    }

    [Theory]
    [InlineData("all")]
    [InlineData("tag")]
    [InlineData("endpoint")]
    [InlineData("clear")]
    public async Task What_is_being_rendered_when_it_is_evicted_is_not_stored(string by)
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            var body = output.Render(context);
            if (output.Renders == 1)
            {
                await gate.PassAsync();
            }

            return body;
        }).OutputCacheStack(static page => page.Tags = ["money"]));

        var old = output.GetAsync("/page");
        await gate.Reached;
        var evict = output.Eviction.For("acme");
        await (by switch
        {
            "all" => evict.EvictAsync(),
            "tag" => evict.EvictByTagAsync(["money"]),
            "endpoint" => evict.EvictByEndpointAsync("/page"),
            _ => output.Services.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache.ClearAsync(),
        });
        var after = output.GetAsync("/page");
        gate.Open();

        Assert.Equal("2 acme  GET /page", (await output.Fleet.PassTimeAsync(after)).Body);
        Assert.Equal("1 acme  GET /page", (await old.InTime()).Body);
        Assert.Equal("2 acme  GET /page", (await output.GetAsync("/page")).Body);
    }

    [Fact]
    public async Task An_eviction_by_another_process_during_the_rendering_counts_too()
    {
        using var fleet = new Fleet(size: 1);
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync(
            (app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                var body = output.Render(context);
                if (output.Renders == 1)
                {
                    await gate.PassAsync();
                }

                return body;
            }).OutputCacheStack(),
            fleet: fleet);

        var old = output.GetAsync("/page");
        await gate.Reached;
        Assert.True(await fleet[0].Services.GetRequiredService<IOutputCacheStackEviction>().For("acme").EvictAsync());
        gate.Open();
        await old.InTime();

        Assert.Equal("2 acme  GET /page", (await output.GetAsync("/page")).Body);
    }

    [Fact]
    public async Task An_endpoint_adds_tags_and_another_expiration_through_the_platforms_own_feature()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page/{id}", (HttpContext context, string id) =>
        {
            var said = context.Features.GetRequiredFeature<IOutputCacheFeature>().Context;
            said.Tags.Add("page:" + id);
            said.ResponseExpirationTimeSpan = TimeSpan.FromSeconds(10);
            return output.Render(context);
        }).OutputCacheStack(TimeSpan.FromMinutes(10)));

        await output.GetAsync("/page/1");
        await output.GetAsync("/page/2");
        await output.Eviction.For("acme").EvictByTagAsync(["page:1"]);
        await RendersAsync(output, (Acme, "/page/1", true), (Acme, "/page/2", false));
        output.Clock.Advance(TimeSpan.FromSeconds(11));

        await RendersAsync(output, (Acme, "/page/2", true));
    }

    [Fact]
    public async Task An_eviction_that_did_not_arrive_says_so()
    {
        await using var output = await StartAsync();
        output.Store.Faults = static _ => Fault.BeforeItArrives;

        Assert.False(await output.Eviction.For("acme").EvictAsync());
    }

    [Fact]
    public async Task Responses_in_the_process_memory_are_answered_without_asking_and_evicted_at_once()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(static page => page.Policy = "local"),
            static options => options.Policies["local"] = CachePolicy.Local);
        await output.GetAsync("/page");
        await output.GetAsync("/page");
        var commands = await output.Fleet.CommandsAsync();
        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page")).Body);
        Assert.Equal(commands, await output.Fleet.CommandsAsync());
        Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", Globex)).Body);

        await output.Eviction.For("acme").EvictAsync();

        Assert.Equal("3 acme  GET /page", (await output.GetAsync("/page")).Body);
    }

    private static Task<OutputApp> StartAsync() => OutputApp.StartAsync(static (app, output) =>
    {
        app.MapGet("/accounts/{id}", output.Render).OutputCacheStack(static page => page.Tags = ["money"]);
        app.MapGet("/branches", output.Render).OutputCacheStack();
        app.MapGet("/evict", async (IOutputCacheStackEviction eviction) => (await eviction.EvictAsync()).ToString());
    });

    private static async Task FillAsync(OutputApp output)
    {
        foreach (var claims in new[] { Acme, Globex })
        {
            await output.GetAsync("/accounts/1", claims);
            await output.GetAsync("/branches", claims);
        }
    }

    private static async Task RendersAsync(OutputApp output, params (string Claims, string Path, bool Renders)[] expected)
    {
        foreach (var (claims, path, renders) in expected)
        {
            var before = output.Renders;
            await output.GetAsync(path, claims);
            Assert.Equal((claims, path, renders), (claims, path, output.Renders > before));
        }
    }
}
