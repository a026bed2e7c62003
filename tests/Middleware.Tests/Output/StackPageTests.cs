using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ScopedCaching;

namespace Middleware.Tests.Output;

public sealed class StackPageTests
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

    [Fact]
    public async Task Two_customers_interleaved_never_share_a_response()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(TimeSpan.FromMinutes(1)));

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme")).Body);
            Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "customer_key=globex")).Body);
        }
    }
}
