using Microsoft.AspNetCore.Builder;
using ScopedCaching;

namespace Middleware.Tests.Output;

public sealed class StackViewTests
{
    [Fact]
    public async Task A_view_of_the_application_has_no_part_in_responses_whatever_its_name()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/page", output.Render).OutputCacheStack();
            app.MapPost("/clear", static (IScopedCache caches) => caches.GetCache("output").ClearAsync().AsTask());
        });

        await output.GetAsync("/page");
        await output.SendAsync(HttpMethod.Post, "/clear");

        Assert.StartsWith("1 ", (await output.GetAsync("/page")).Body, StringComparison.Ordinal);
    }
}
