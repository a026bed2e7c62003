using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>Who should not get anything does not; what should be inert is.</summary>
public sealed class InspectorAttackTests
{
    private const string Stranger = "customer_key=acme;sub=eve;sid=2";
    private const string OtherOperator = "customer_key=birch;sub=dana;sid=3;role=operator";

    private static readonly TimeSpan s_minutes = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/state")]
    [InlineData("/keys")]
    [InlineData("/stats")]
    [InlineData("/servers")]
    public async Task Nobody_sees_anything_without_the_policy(string path)
    {
        await using var app = await InspectorApp.StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/cache" + path, claims: "")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/cache" + path, Stranger)).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/cache" + path)).Status);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("remove-tag")]
    [InlineData("clear")]
    [InlineData("set")]
    [InlineData("update")]
    [InlineData("read")]
    public async Task Nobody_does_anything_without_the_policy_not_even_with_the_token_of_somebody_who_may(string action)
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        var cache = app.Caches.Create("acme").StackCache;
        await cache.SetAsync("a", "value", CachePolicy.Default with { Tags = ["t"] });
        var stolen = (await app.GetAsync("/cache/state")).Json.GetProperty("token").GetString()!;
        var request = new { level = "Stack", key = "a", tag = "t", value = "other" };

        Assert.Equal(HttpStatusCode.Unauthorized, (await app.PostWithoutTokenAsync($"/cache/{action}", request, claims: "", ("X-Cache-Inspector", stolen))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostWithoutTokenAsync($"/cache/{action}", request, Stranger, ("X-Cache-Inspector", stolen))).Status);
        Assert.Equal("value", await cache.GetAsync<string>("a", CachePolicy.Default with { Tags = ["t"] }));
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("remove-tag")]
    [InlineData("clear")]
    [InlineData("set")]
    [InlineData("read")]
    public async Task A_page_of_another_origin_gets_nothing_done(string action)
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        var cache = app.Caches.Create("acme").StackCache;
        await cache.SetAsync("a", "value", CachePolicy.Default with { Tags = ["t"] });
        var others = (await app.GetAsync("/cache/state", OtherOperator)).Json.GetProperty("token").GetString()!;
        var own = (await app.GetAsync("/cache/state")).Json.GetProperty("token").GetString()!;
        var request = new { level = "Stack", key = "a", tag = "t", value = "other" };

        // It has the browser's sign-in, but no token; a token of its own user's; a token cut short; the right one, which it cannot have, and its own origin.
        await RefusedAsync(request);
        await RefusedAsync(request, ("X-Cache-Inspector", others));
        await RefusedAsync(request, ("X-Cache-Inspector", own[..^4]));
        await RefusedAsync(request, ("X-Cache-Inspector", "!"), ("Origin", "http://localhost"));
        await RefusedAsync(request, ("X-Cache-Inspector", own), ("Origin", "https://evil.example"));
        await RefusedAsync(request, ("X-Cache-Inspector", own), ("Origin", "http://localhost:81"));
        await RefusedAsync(request, ("X-Cache-Inspector", own), ("Origin", "null"));
        await RefusedAsync(request, ("X-Cache-Inspector", own), ("Sec-Fetch-Site", "cross-site"));
        await RefusedAsync(request, ("X-Cache-Inspector", own), ("Sec-Fetch-Site", "same-site"));

        // What a form can send without asking first is not JSON.
        using var form = new StringContent("""{"level":"Stack","key":"a"}""", Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await app.PostWithoutTokenAsync($"/cache/{action}", form, InspectorApp.Operator, ("X-Cache-Inspector", own))).Status);
        Assert.Equal("value", await cache.GetAsync<string>("a", CachePolicy.Default with { Tags = ["t"] }));

        // The same from the page itself is done.
        Assert.Equal(HttpStatusCode.OK, (await app.PostWithoutTokenAsync(
            $"/cache/{action}", request, InspectorApp.Operator, ("X-Cache-Inspector", own), ("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin"))).Status);

        async Task RefusedAsync(object content, params (string, string)[] headers) =>
            Assert.Equal(HttpStatusCode.Forbidden, (await app.PostWithoutTokenAsync($"/cache/{action}", content, InspectorApp.Operator, headers)).Status);
    }

    [Fact]
    public async Task A_token_ends_after_an_hour()
    {
        await using var app = await InspectorApp.StartAsync();
        var token = (await app.GetAsync("/cache/state")).Json.GetProperty("token").GetString()!;
        app.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("NotFound", (await RemoveAsync()).Outcome);

        app.Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(HttpStatusCode.Forbidden, (await RemoveAsync()).Status);
        Task<Reply> RemoveAsync() => app.PostWithoutTokenAsync("/cache/remove", new { level = "Stack", key = "a" }, InspectorApp.Operator, ("X-Cache-Inspector", token));
    }

    [Fact]
    public async Task Another_customers_value_is_shown_to_nobody_whatever_is_tried()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create("birch", "dana", "3").StackCache.SetAsync("secret", "of birch", s_minutes);
        await app.Caches.Create("birch", "dana", "3").SessionCache.SetAsync("secret", "of a session", s_minutes);
        await app.Caches.Create("acme", "eve", "2").SessionCache.SetAsync("own customer, another session", "of another session", s_minutes);

        foreach (var claims in (string[])[InspectorApp.Operator, InspectorApp.Manager])
        {
            foreach (var row in (await app.GetAsync("/cache/keys", InspectorApp.Manager)).Json.GetProperty("keys").EnumerateArray())
            {
                var reply = await app.PostAsync("/cache/read", new { id = row.GetProperty("id").GetString() }, claims);
                Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
                Assert.DoesNotContain(" of ", reply.Text, StringComparison.Ordinal);
            }

            // The same key of one's own is another entry. Nor does it help to name another's scope in words.
            Assert.Equal("Miss", (await app.PostAsync("/cache/read", new { level = "Stack", key = "secret" }, claims)).Outcome);
            Assert.Equal("Miss", (await app.PostAsync("/cache/read", new { level = "Session", key = "secret" }, claims)).Outcome);
            Assert.Equal("Miss", (await app.PostAsync("/cache/read", new { level = "Stack", key = "secret", customer = "birch", scope = "birch", isolation = "birch" }, claims)).Outcome);
        }

        Assert.Equal("of birch", (await app.PostAsync("/cache/read", new { level = "Stack", key = "secret" }, OtherOperator)).Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Another_customers_keys_are_told_and_busted_only_by_who_manages_them()
    {
        await using var app = await InspectorApp.StartAsync();
        var theirs = app.Caches.Create("birch").StackCache;
        await theirs.SetAsync("account of Dana", "value", s_minutes);
        var id = await app.IdOfAsync("account of Dana");

        var seen = await app.GetAsync("/cache/keys?reveal=true&search=");
        Assert.DoesNotContain("Dana", seen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("birch", seen.Text, StringComparison.Ordinal);
        Assert.Empty((await app.GetAsync("/cache/keys?search=Dana")).Json.GetProperty("keys").EnumerateArray());
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsync("/cache/remove", new { id })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsync("/cache/clear", new { id })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsync("/cache/remove-tag", new { id, tag = "t" })).Status);
        Assert.Equal("value", await theirs.GetAsync<string>("account of Dana"));

        Assert.DoesNotContain("birch", (await app.GetAsync("/cache/keys", InspectorApp.Manager)).Text, StringComparison.Ordinal);
        Assert.Contains("birch", (await app.GetAsync("/cache/keys?reveal=true", InspectorApp.Manager)).Text, StringComparison.Ordinal);
        Assert.Equal("Removed", (await app.PostAsync("/cache/remove", new { id }, InspectorApp.Manager)).Outcome);
        Assert.False((await theirs.TryGetAsync<string>("account of Dana")).Found);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("clear")]
    [InlineData("set")]
    public async Task The_service_level_is_everybodys_and_changed_only_by_who_manages_it(string action)
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create(null).ServiceCache.SetAsync("rates", "1.25", s_minutes);
        var request = new { level = "Service", key = "rates", value = "0" };

        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsync($"/cache/{action}", request)).Status);
        Assert.Equal("1.25", await app.Caches.Create(null).ServiceCache.GetAsync<string>("rates"));
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync($"/cache/{action}", request, InspectorApp.Manager)).Status);
    }

    [Fact]
    public async Task Values_are_neither_read_nor_written_where_that_was_not_allowed()
    {
        await using var app = await InspectorApp.StartAsync();
        await app.Caches.Create("acme").StackCache.SetAsync("a", "secret", s_minutes);

        var read = await app.PostAsync("/cache/read", new { level = "Stack", key = "a" }, InspectorApp.Manager);
        Assert.Equal(HttpStatusCode.Forbidden, read.Status);
        Assert.DoesNotContain("secret", read.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = "other" }, InspectorApp.Manager)).Status);
        Assert.Equal("secret", await app.Caches.Create("acme").StackCache.GetAsync<string>("a"));
    }

    [Fact]
    public async Task A_customer_that_is_not_known_has_no_entries_and_identities_that_disagree_are_not_known()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create("acme").StackCache.SetAsync("a", "secret", s_minutes);

        Assert.Equal(HttpStatusCode.NotFound, (await app.PostAsync("/cache/read", new { level = "Stack", key = "a" }, "role=operator")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.PostAsync("/cache/read", new { level = "Stack", key = "a" }, InspectorApp.Operator + "|customer_key=birch")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.PostAsync("/cache/clear", new { level = "Stack" }, "role=operator")).Status);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("</script><script>alert(1)</script>")]
    public async Task A_script_in_a_key_or_value_is_answered_as_json_that_no_browser_takes_for_a_page(string script)
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create("acme").GetCache(script, StorageLevel.Stack).SetAsync(script, script, s_minutes);

        foreach (var reply in (Reply[])[await app.GetAsync("/cache/keys"), await app.PostAsync("/cache/read", new { level = "Stack", view = script, key = script })])
        {
            Assert.DoesNotContain('<', reply.Text);
            Assert.Equal("nosniff", reply.Headers["X-Content-Type-Options"]);
            Assert.Contains("script-src 'self'", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        }
    }

    [Fact]
    public async Task The_page_holds_no_script_or_style_of_its_own()
    {
        await using var app = await InspectorApp.StartAsync();
        var page = await app.GetAsync("/cache");

        Assert.DoesNotMatch("<script(?![^>]*src=)|<style|style=|onclick|onerror|javascript:|https?://", page.Text);
        Assert.Equal("DENY", page.Headers["X-Frame-Options"]);
        Assert.Contains("frame-ancestors 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../appsettings.json")]
    [InlineData("..%2f..%2fappsettings.json")]
    [InlineData("%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("..%5c..%5cappsettings.json")]
    [InlineData("index.html")]
    [InlineData("inspector.js")]
    [InlineData("%01")]
    public async Task Nothing_but_the_assets_themselves_is_served(string name)
    {
        await using var app = await InspectorApp.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync("/cache/assets/" + name)).Status);
    }

    [Fact]
    public async Task Huge_and_broken_inputs_are_refused_and_leave_the_inspector_well()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        var huge = new string('x', 600 << 10);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = huge })).Status);
        using var unannounced = new UnannouncedContent(Encoding.UTF8.GetBytes($$"""{"level":"Stack","key":"a","value":"{{huge}}"}"""));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await app.PostAsync("/cache/set", unannounced)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/remove", new { level = "Stack", key = new string('k', 9000) })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/remove-tag", new { level = "Stack", tag = new string('t', 9000) })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/remove-tag", new { level = "Stack", tag = "" })).Status);
        foreach (var broken in (string[])["", "{", "[]", "null", "\"text\"", """{"level":7}""", """{"level":"Stack","level":"Service"}""", new string('[', 5000)])
        {
            using var content = new StringContent(broken, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/remove", content)).Status);
        }

        foreach (var level in (string[])["Nowhere", "0", "1", "-1", "Stack, Service", ""])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/remove", new { level, key = "a" })).Status);
        }

        foreach (var seconds in (double[])[0, -1, 1e300])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = "x", seconds })).Status);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = "{", json = true })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.PostAsync("/cache/remove", new { id = "../../etc/passwd" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync($"/cache/keys?take=99999999999999999999&search={new string('s', 5000)}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/cache/stats?after=-9223372036854775808")).Status);
        Assert.Equal("Stored", (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = "x" })).Outcome);
    }

    [Theory]
    [InlineData("GET", "remove")]
    [InlineData("GET", "clear")]
    [InlineData("PUT", "set")]
    [InlineData("POST", "keys")]
    public async Task No_other_method_reaches_an_action(string method, string action)
    {
        await using var app = await InspectorApp.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/cache/" + action);
        request.Headers.TryAddWithoutValidation("X-Claims", InspectorApp.Manager);
        using var response = await app.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task What_was_done_and_refused_is_logged_without_keys_values_or_customers()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create("birch").StackCache.SetAsync("secret key", "secret value", s_minutes);
        await app.PostAsync("/cache/remove", new { id = await app.IdOfAsync("secret key") });
        await app.PostAsync("/cache/set", new { level = "Stack", key = "secret key", value = "secret value" });

        Assert.Contains(app.Log.Entries, static entry => entry.Id.Id == 2031);
        Assert.Contains(app.Log.Entries, static entry => entry.Id.Id == 2030);
        Assert.DoesNotContain(app.Log.Entries, static entry => entry.Id.Id is 2030 or 2031 && (entry.Text.Contains("secret", StringComparison.Ordinal) || entry.Text.Contains("birch", StringComparison.Ordinal)));
    }

    private static void AllowValues(ScopedCacheInspectorOptions options) => (options.AllowReadingValues, options.AllowWritingValues) = (true, true);

    /// <summary>Says nothing about its length.</summary>
    private sealed class UnannouncedContent : HttpContent
    {
        private readonly byte[] _bytes;

        public UnannouncedContent(byte[] bytes)
        {
            _bytes = bytes;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(_bytes, 0, _bytes.Length);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
