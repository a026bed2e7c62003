using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Middleware.Tests.Doubles;

namespace Middleware.Tests.Output;

/// <summary>Responses past their time, under <c>StaleFor</c>.</summary>
public sealed class StackStaleTests
{
    [Fact]
    public async Task One_renders_anew_while_the_others_get_the_stale_response()
    {
        var gate = new Gate();
        await using var output = await StartAsync(async (context, number) =>
        {
            if (number == 2)
            {
                await gate.PassAsync();
            }

            return Results.Text($"{number}");
        });

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(70));
        var leader = output.GetAsync("/page");
        await gate.Reached;
        var stale = await output.GetAsync("/page").InTime();
        gate.Open();

        Assert.Equal(("1", "70"), (stale.Body, stale["Age"]));
        Assert.Equal("2", (await leader.InTime()).Body);
        Assert.Equal("2", (await output.GetAsync("/page")).Body);
    }

    [Fact]
    public async Task An_endpoint_that_fails_is_made_up_for_by_the_stale_response()
    {
        await using var output = await StartAsync(static (context, number) =>
        {
            if (number == 1)
            {
                return Task.FromResult(Results.Text("1"));
            }

            context.Response.Headers["X-Half-Made"] = "1";
            throw new InvalidOperationException("gone wrong");
        });

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(70));
        var failed = await output.GetAsync("/page");

        Assert.Equal("1", failed.Body);
        Assert.Equal("70", failed["Age"]);
        Assert.Null(failed["X-Half-Made"]);
        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task An_error_of_the_server_leaves_the_stale_response_and_something_else_takes_its_place()
    {
        await using var output = await StartAsync(static (_, number) => Task.FromResult(number switch
        {
            1 => Results.Text("1"),
            2 => Results.StatusCode(503),
            _ => Results.NotFound(),
        }));

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(503, (int)(await output.GetAsync("/page")).Status);
        Assert.Equal("1", (await output.GetAsync("/page")).Body);
        output.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(404, (int)(await output.GetAsync("/page")).Status);
        Assert.Equal(404, (int)(await output.GetAsync("/page")).Status);

        Assert.Equal(4, output.Renders);
    }

    [Fact]
    public async Task A_stale_response_ends_too()
    {
        await using var output = await StartAsync(static (_, number) => number == 1 ? Task.FromResult(Results.Text("1")) : throw new InvalidOperationException("gone wrong"));

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(125));

        await Assert.ThrowsAsync<InvalidOperationException>(() => output.GetAsync("/page"));
    }

    private static Task<OutputApp> StartAsync(Func<HttpContext, int, Task<IResult>> endpoint) => OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
    {
        output.Render(context);
        return await endpoint(context, output.Renders);
    }).OutputCacheStack(TimeSpan.FromSeconds(60), static page => page.StaleFor = 60));
}
