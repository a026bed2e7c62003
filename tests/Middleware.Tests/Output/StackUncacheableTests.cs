using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Provider.Tests.Doubles;

namespace Middleware.Tests.Output;

/// <summary>Endpoints whose responses are never stored are as fast as without a cache.</summary>
public sealed class StackUncacheableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(30)]
    public async Task Requests_for_what_was_not_to_be_stored_lately_wait_for_nobody(int secondsLater)
    {
        const int Crowd = 5;
        var (inside, everybody) = (0, new TaskCompletionSource());
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            if (context.Request.Headers.ContainsKey("X-Crowd"))
            {
                // Before a head is there that tells who waits.
                if (Interlocked.Increment(ref inside) == Crowd)
                {
                    everybody.SetResult();
                }

                await everybody.Task.InTime();
            }

            context.Response.Headers.CacheControl = "no-store";
            return output.Render(context);
        }).OutputCacheStack());
        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(secondsLater));

        var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => output.GetAsync("/page", headers: ("X-Crowd", "yes")))).InTime();

        Assert.Equal(Crowd, answers.Select(static answer => answer.Body).Distinct(StringComparer.Ordinal).Count());
    }
}
