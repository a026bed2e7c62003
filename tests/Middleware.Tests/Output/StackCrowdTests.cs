using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>Many requests at once for what is not there.</summary>
public sealed class StackCrowdTests
{
    [Fact]
    public async Task Of_many_requests_at_once_one_renders_and_the_others_wait()
    {
        var gate = new Gate();
        await using var output = await HeldAsync(gate);

        var all = Enumerable.Range(0, 50).Select(_ => output.GetAsync("/page")).ToArray();
        await gate.Reached;
        await output.JoinedAsync(followers: 49);
        gate.Open();
        var bodies = await Task.WhenAll(all).InTime();

        Assert.All(bodies, static answer => Assert.Equal("1 acme  GET /page", answer.Body));
        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task Of_two_processes_one_renders()
    {
        using var fleet = new Fleet(size: 1);
        var gate = new Gate();
        await using var one = await HeldAsync(gate, fleet);
        await using var other = await HeldAsync(new Gate(), fleet);

        var leader = one.GetAsync("/page");
        await gate.Reached;
        var waits = fleet.Clock.PendingTimers;
        var follower = other.GetAsync("/page");
        await Eventually.TrueAsync(() => fleet.Clock.PendingTimers > waits);
        gate.Open();

        Assert.Equal("1 acme  GET /page", (await leader.InTime()).Body);
        Assert.Equal("1 acme  GET /page", (await fleet.PassTimeAsync(follower)).Body);
        Assert.Equal((1, 0), (one.Renders, other.Renders));
    }

    [Fact]
    public async Task A_leader_who_disconnects_does_not_fail_those_who_wait_and_only_one_of_them_renders()
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            var body = output.Render(context);
            if (output.Renders == 1)
            {
                await gate.PassAsync().WaitAsync(context.RequestAborted);
            }

            return body;
        }).OutputCacheStack());

        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Headers = { { "X-Claims", "customer_key=acme" } } };
        var leader = output.App.Client.SendAsync(request, gone.Token);
        await gate.Reached;
        var others = Enumerable.Range(0, 20).Select(_ => output.GetAsync("/page")).ToArray();
        await output.JoinedAsync(followers: 20);
        await gone.CancelAsync();
        var answers = await Task.WhenAll(others).InTime();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        Assert.All(answers, static answer => Assert.Equal("2 acme  GET /page", answer.Body));
        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task A_leader_who_disconnects_and_whose_endpoint_ends_early_without_a_word_does_not_cut_the_others_response()
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            await context.Response.WriteAsync(output.Render(context));
            if (output.Renders == 1)
            {
                await gate.PassAsync();
                return;
            }

            await context.Response.WriteAsync(" whole");
        }).OutputCacheStack());

        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Headers = { { "X-Claims", "customer_key=acme" } } };
        var aborted = output.App.Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, gone.Token);
        await gate.Reached;
        var other = output.GetAsync("/page");
        await output.JoinedAsync(followers: 1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => aborted);
        gate.Open();

        Assert.Equal("2 acme  GET /page whole", (await other.InTime()).Body);
    }

    [Fact]
    public async Task Who_waits_has_the_response_when_it_is_complete_though_its_endpoint_goes_on()
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            await context.Response.WriteAsync(output.Render(context));
            await context.Response.CompleteAsync();
            await gate.PassAsync();
        }).OutputCacheStack());

        var leader = output.GetAsync("/page");
        await gate.Reached;

        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page").InTime()).Body);
        gate.Open();
        Assert.Equal("1 acme  GET /page", (await leader.InTime()).Body);
    }

    [Fact]
    public async Task Who_waits_for_a_response_that_does_not_end_is_let_go_after_a_leases_time()
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            await context.Response.WriteAsync(output.Render(context));
            if (output.Renders == 1)
            {
                await context.Response.Body.FlushAsync();
                await gate.PassAsync().WaitAsync(context.RequestAborted);
            }
        }).OutputCacheStack());

        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Headers = { { "X-Claims", "customer_key=acme" } } };
        var endless = output.App.Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, gone.Token);
        await gate.Reached;
        var other = output.GetAsync("/page");
        await output.JoinedAsync(followers: 1);
        Assert.False(other.IsCompleted);
        output.Clock.Advance(CachePolicy.Default.LeaseTime);

        Assert.Equal("2 acme  GET /page", (await other.InTime()).Body);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
    }

    [Theory]
    [InlineData("Set-Cookie", "a=1")]
    [InlineData("Cache-Control", "no-store")]
    public async Task Who_waits_is_let_go_as_soon_as_the_head_says_that_it_is_not_to_be_stored(string name, string value)
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            var body = output.Render(context);
            context.Response.Headers[name] = value;
            if (output.Renders == 1)
            {
                await gate.PassAsync();
                await context.Response.WriteAsync("the first");
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            }

            return body;
        }).OutputCacheStack());

        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Headers = { { "X-Claims", "customer_key=acme" } } };
        var endless = output.App.Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, gone.Token);
        await gate.Reached;
        var other = output.GetAsync("/page");
        await output.JoinedAsync(followers: 1);
        gate.Open();

        Assert.Equal("2 acme  GET /page", (await other.InTime()).Body);
        Assert.False(endless.IsCompleted);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
    }

    [Fact]
    public async Task What_is_not_to_be_stored_does_not_serialize_later_requests()
    {
        var both = new TaskCompletionSource();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            output.Render(context);
            context.Response.Headers.CacheControl = "no-store";
            if (output.Renders >= 3)
            {
                // Whoever comes second, and perhaps the first who looks again.
                both.TrySetResult();
            }

            if (output.Renders > 1)
            {
                await both.Task.InTime();
            }

            return "alone";
        }).OutputCacheStack());

        await output.GetAsync("/page");
        var answers = await Task.WhenAll(output.GetAsync("/page"), output.GetAsync("/page")).InTime();

        Assert.All(answers, static answer => Assert.Equal("alone", answer.Body));
    }

    [Fact]
    public async Task A_response_that_may_be_stored_again_is_so_after_a_moment()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            var body = output.Render(context);
            return output.Renders == 1 ? Results.StatusCode(503) : Results.Text(body);
        }).OutputCacheStack());

        await output.GetAsync("/page");
        output.Clock.Advance(TimeSpan.FromSeconds(3));
        await output.GetAsync("/page");
        await output.GetAsync("/page");

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task A_leader_whose_endpoint_fails_fails_alone()
    {
        var gate = new Gate();
        await using var output = await OutputApp.StartAsync(
            (app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                var body = output.Render(context);
                if (output.Renders == 1)
                {
                    await gate.PassAsync();
                    throw new InvalidOperationException("of the first");
                }

                return body;
            }).OutputCacheStack());

        var leader = output.GetAsync("/page");
        await gate.Reached;
        var other = output.GetAsync("/page");
        await output.JoinedAsync(followers: 1);
        gate.Open();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => leader);
        Assert.Equal("of the first", error.Message);
        Assert.Equal("2 acme  GET /page", (await other.InTime()).Body);
    }

    [Fact]
    public async Task Who_has_waited_for_so_many_leases_renders_alone()
    {
        var gate = new Gate();
        await using var output = await HeldAsync(gate);

        var leader = output.GetAsync("/page");
        await gate.Reached;
        var other = output.GetAsync("/page");
        await output.JoinedAsync(followers: 1);

        output.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal("2 acme  GET /page", (await other.InTime()).Body);
        gate.Open();
        Assert.Equal("1 acme  GET /page", (await leader.InTime()).Body);
    }

    [Fact]
    public async Task Two_responses_that_are_rendered_at_once_share_the_factory_of_what_both_need()
    {
        var (factories, gate) = (0, new Gate());
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page/{id}", async (HttpContext context, IScopedCache caches) =>
        {
            output.Render(context);
            return await caches.StackCache.GetOrCreateAsync("data", async _ =>
            {
                Interlocked.Increment(ref factories);
                await gate.PassAsync();
                return "data";
            });
        }).OutputCacheStack());

        var one = output.GetAsync("/page/1");
        await gate.Reached;
        var other = output.GetAsync("/page/2");
        await output.JoinedAsync(followers: 1);
        gate.Open();

        Assert.Equal(("data", "data"), ((await one.InTime()).Body, (await other.InTime()).Body));
        Assert.Equal(1, factories);
    }

    [Fact]
    public async Task A_cache_that_is_away_leaves_the_endpoint_as_it_is()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());
        output.Store.Faults = static _ => Fault.BeforeItArrives;

        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page")).Body);
        Assert.Equal("2 acme  GET /page", (await output.GetAsync("/page")).Body);
        output.Store.Faults = null;
        Assert.Equal("3 acme  GET /page", (await output.GetAsync("/page")).Body);
        Assert.Equal("3 acme  GET /page", (await output.GetAsync("/page")).Body);
    }

    private static Task<OutputApp> HeldAsync(Gate gate, Fleet? fleet = null) => OutputApp.StartAsync(
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
}
