using System.Net;

namespace Middleware.Tests.Inspector;

/// <summary>What a browser says a page elsewhere has asked for is not told, and the page itself opens from wherever somebody comes.</summary>
public sealed class InspectorFenceTests
{
    [Theory]
    [InlineData("/keys?reveal=true")]
    [InlineData("/state")]
    [InlineData("/stats?reveal=true")]
    [InlineData("/servers")]
    public async Task A_page_elsewhere_is_told_nothing(string path)
    {
        await using var app = await InspectorApp.StartAsync();
        await app.Caches.Create("birch").StackCache.SetAsync("a", "value", TimeSpan.FromMinutes(5));

        await RefusedAsync(("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"));
        await RefusedAsync(("Sec-Fetch-Site", "cross-site"));
        await RefusedAsync(("Sec-Fetch-Site", "same-site"));
        await RefusedAsync(("Origin", "https://evil.example"));
        await RefusedAsync(("Origin", "null"));

        // The page itself, somebody who types the address, and a program.
        await ToldAsync(("Sec-Fetch-Site", "same-origin"));
        await ToldAsync(("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost"));
        await ToldAsync(("Sec-Fetch-Site", "none"));
        await ToldAsync();

        async Task RefusedAsync(params (string, string)[] headers)
        {
            var reply = await app.GetAsync("/cache" + path, InspectorApp.Manager, headers);
            Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
            Assert.Equal("Forbidden", reply.Outcome);
            Assert.Contains("another origin", reply.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("birch", reply.Text, StringComparison.Ordinal);
        }

        async Task ToldAsync(params (string, string)[] headers) =>
            Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/cache" + path, InspectorApp.Manager, headers)).Status);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task A_link_from_anywhere_opens_the_page(string site)
    {
        await using var app = await InspectorApp.StartAsync();

        var page = await app.GetAsync("/cache", InspectorApp.Operator, ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate"));

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("<html", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_changed_from_an_address_that_was_typed()
    {
        await using var app = await InspectorApp.StartAsync();
        var token = (await app.GetAsync("/cache/state")).Json.GetProperty("token").GetString()!;

        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostWithoutTokenAsync(
            "/cache/clear", new { level = "Stack" }, InspectorApp.Operator, ("X-Cache-Inspector", token), ("Sec-Fetch-Site", "none"))).Status);
    }
}
