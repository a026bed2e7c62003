using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>Whoever is refused is told what to send instead.</summary>
public sealed class InspectorReasonTests
{
    private const string Level = "level is stack, session or service";

    private static readonly string s_long = new('k', 9000);

    public static TheoryData<string, object, string> Requests { get; } = new()
    {
        { "read", new { level = "Foo", key = "a" }, Level },
        { "read", new { level = "7", key = "a" }, Level },
        { "read", new { key = "a" }, Level },
        { "read", new { level = "stack" }, "key" },
        { "read", new { level = "stack", key = s_long }, "8192" },
        { "remove", new { level = "Foo", key = "a" }, Level },
        { "remove", new { level = "stack" }, "key" },
        { "remove", new { level = "stack", key = s_long }, "8192" },
        { "remove", new { level = "stack", key = "a", view = s_long }, "8192" },
        { "clear", new { level = "Foo" }, Level },
        { "clear", new { }, Level },
        { "remove-tag", new { level = "Foo", tag = "t" }, Level },
        { "remove-tag", new { level = "stack" }, "tag" },
        { "remove-tag", new { level = "stack", tag = s_long }, "8192" },
        { "set", new { level = "Foo", key = "a", value = "x" }, Level },
        { "set", new { level = "stack", value = "x" }, "key" },
        { "set", new { level = "stack", key = "a" }, "value" },
        { "set", new { id = "a", value = "x" }, "id" },
        { "set", new { level = "stack", key = "a", value = "x", seconds = 0 }, "seconds" },
        { "set", new { level = "stack", key = "a", value = "x", seconds = 1e-300 }, "seconds" },
        { "set", new { level = "stack", key = "a", value = "x", seconds = 1e300 }, "seconds" },
        { "set", new { level = "stack", key = "a", value = "{", json = true }, "not JSON" },
        { "update", new { level = "Foo", key = "a", value = "x" }, Level },
        { "update", new { level = "stack", key = "a" }, "value" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_that_is_not_complete_is_told_what_is_missing(string action, object request, string reason)
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);

        var reply = await app.PostAsync("/cache/" + action, request);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("Refused", reply.Outcome);
        Assert.Contains(reason, reply.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"level":7}""")]
    [InlineData("""{"level":"stack","level":"service"}""")]
    public async Task What_is_not_understood_is_answered_with_what_would_be(string body)
    {
        await using var app = await InspectorApp.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

        var reply = await app.PostAsync("/cache/read", content);

        Assert.Equal((HttpStatusCode.BadRequest, "Refused"), (reply.Status, reply.Outcome));
        Assert.Contains("JSON object", reply.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_said_too()
    {
        await using var app = await InspectorApp.StartAsync();
        await AssertAsync(HttpStatusCode.Forbidden, "AllowReadingValues", "read", new { level = "stack", key = "a" });
        await AssertAsync(HttpStatusCode.Forbidden, "AllowWritingValues", "set", new { level = "stack", key = "a", value = "x" });
        await AssertAsync(HttpStatusCode.NotFound, "not in the list", "remove", new { id = "0" });

        await using var open = await InspectorApp.StartAsync(inspector: AllowValues);
        await open.Caches.Create("birch").StackCache.SetAsync("a", "value", TimeSpan.FromMinutes(5));
        var other = await open.PostAsync("/cache/read", new { id = await open.IdOfAsync("a") }, InspectorApp.Manager);
        Assert.Contains("another customer", other.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var nowhere = await open.PostAsync("/cache/read", new { id = "0" });
        Assert.Contains("not in the list", nowhere.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);

        async Task AssertAsync(HttpStatusCode status, string reason, string action, object request)
        {
            var reply = await app.PostAsync("/cache/" + action, request);
            Assert.Equal(status, reply.Status);
            Assert.Contains(reason, reply.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        }
    }

    private static void AllowValues(ScopedCacheInspectorOptions options) => (options.AllowReadingValues, options.AllowWritingValues) = (true, true);
}
