using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>What a hit allocates, a request of the test's own included: less than its body, wherever that comes from.</summary>
[Collection(nameof(Alone))]
public sealed class HitCostTests
{
    private const int BodyLength = 10_240;
    private const int Hits = 500;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hit_makes_no_array_for_its_body(bool local)
    {
        var body = new string('x', BodyLength);
        await using var output = await OutputApp.StartAsync(
            (app, output) =>
            {
                app.UseRouting();
                app.UseEndpoints(endpoints => endpoints.MapGet("/page", (HttpContext context) =>
                {
                    output.Render(context);
                    return body;
                }).OutputCacheStack(static page => page.Policy = "pages"));
            },
            options => options.Policies["pages"] = local ? CachePolicy.Local : CachePolicy.Default);
        var pipeline = ((IApplicationBuilder)output.App.App).Build();
        await RunAsync(pipeline, output.Services, 200);

        // The best of a few runs: what the runtime allocates for itself meanwhile is not the hit's.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync(pipeline, output.Services, Hits);
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Hits);
        }

        Assert.Equal(1, output.Renders);
        Assert.True(least < BodyLength, $"{least} bytes a hit of {BodyLength}");
    }

    private static async Task RunAsync(RequestDelegate pipeline, IServiceProvider services, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var context = new DefaultHttpContext { RequestServices = services };
            context.Request.Method = "GET";
            context.Request.Path = "/page";
            context.Request.Headers["X-Claims"] = "customer_key=acme";
            await pipeline(context);
        }
    }
}

/// <summary>What counts the allocations of the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
