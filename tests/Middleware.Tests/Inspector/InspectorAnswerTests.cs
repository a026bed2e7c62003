using System.Net;
using System.Text.RegularExpressions;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>What the inspector tells to whom it may.</summary>
public sealed class InspectorAnswerTests
{
    private static readonly TimeSpan s_minutes = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_latest_keys_are_told_with_what_is_known_of_them()
    {
        await using var app = await InspectorApp.StartAsync();
        var caches = app.Caches.Create("acme", "ana", "1");
        await caches.GetCache("accounts", StorageLevel.Stack).SetAsync("4711", "value", s_minutes);
        await caches.SessionCache.SetAsync("plain", "value", CachePolicy.Forever with { Encrypt = false });
        app.Clock.Advance(TimeSpan.FromSeconds(10));
        await caches.GetCache("accounts", StorageLevel.Stack).GetAsync<string>("4711");

        var keys = (await app.GetAsync("/cache/keys")).Json.GetProperty("keys");

        Assert.Equal(2, keys.GetArrayLength());
        var (first, second) = (keys[0], keys[1]);
        Assert.Equal(("4711", "accounts", "stack", 1), (first.GetProperty("key").GetString(), first.GetProperty("view").GetString(), first.GetProperty("level").GetString(), first.GetProperty("hits").GetInt32()));
        Assert.Equal(app.Clock.GetUtcNow(), first.GetProperty("usedAt").GetDateTimeOffset());
        Assert.Equal(app.Clock.GetUtcNow() + TimeSpan.FromSeconds(290), first.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.True(first.GetProperty("encrypted").GetBoolean());
        Assert.True(first.GetProperty("own").GetBoolean());
        Assert.InRange(first.GetProperty("size").GetInt32(), 20, 400);
        Assert.Matches("^[0-9a-f]{8}$", first.GetProperty("scope").GetString()!);
        Assert.False(second.GetProperty("encrypted").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("expiresAt").ValueKind);
    }

    [Fact]
    public async Task Created_touched_many_updated_and_removed_entries_are_followed()
    {
        await using var app = await InspectorApp.StartAsync();
        var cache = app.Caches.Create("acme").StackCache;
        await cache.GetOrCreateAsync("created", static _ => Task.FromResult("value"), s_minutes);
        await cache.SetManyAsync([KeyValuePair.Create("many:1", "a"), KeyValuePair.Create("many:2", "b")], CachePolicy.For(s_minutes));
        await cache.UpdateAsync<int>("updated", static old => old.ValueOr(0) + 1, CachePolicy.For(s_minutes));
        await cache.TouchAsync("created", CachePolicy.For(TimeSpan.FromHours(1)));
        await cache.GetAsync<string>("missing");
        await cache.SetAsync("removed", "c", s_minutes);
        await cache.RemoveAsync("removed");
        await cache.RemoveAsync("never there");

        var keys = (await app.GetAsync("/cache/keys")).Json.GetProperty("keys").EnumerateArray().ToDictionary(static row => row.GetProperty("key").GetString()!, StringComparer.Ordinal);

        Assert.Equal(["created", "many:1", "many:2", "updated"], keys.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(keys.Values, static row => Assert.True(row.GetProperty("size").GetInt32() > 0));
        Assert.Equal(app.Clock.GetUtcNow() + TimeSpan.FromHours(1), keys["created"].GetProperty("expiresAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_search_and_a_level_narrow_the_list()
    {
        await using var app = await InspectorApp.StartAsync();
        var caches = app.Caches.Create("acme", "ana", "1");
        await caches.StackCache.SetAsync("account:1", "a", s_minutes);
        await caches.StackCache.SetAsync("report", "b", s_minutes);
        await caches.SessionCache.SetAsync("account:2", "c", s_minutes);

        Assert.Equal(2, await CountAsync("search=ACCOUNT"));
        Assert.Equal(1, await CountAsync("search=account&level=session"));
        Assert.Equal(1, await CountAsync("take=1"));
        Assert.Equal(0, await CountAsync("search=nothing"));
        async Task<int> CountAsync(string query) => (await app.GetAsync("/cache/keys?" + query)).Json.GetProperty("keys").GetArrayLength();
    }

    [Fact]
    public async Task A_value_is_read_in_each_form_and_a_stale_or_missing_one_is_called_so()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        var cache = app.Caches.Create("acme").StackCache;
        await cache.SetAsync("text", "hello", s_minutes);
        await cache.SetAsync("json", new[] { 1, 2 }, s_minutes);
        await cache.SetAsync("number", 42, s_minutes);
        await cache.SetAsync("bytes", new byte[] { 0xCA, 0xFE }, s_minutes);
        await cache.SetAsync<string?>("nothing", value: null, s_minutes);
        await cache.SetAsync("plain", "open", CachePolicy.Default with { Encrypt = false });
        await cache.SetAsync("stale", "old", CachePolicy.For(TimeSpan.FromSeconds(1)) with { StaleFor = s_minutes });
        app.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(("Hit", "Text", "hello"), await ReadAsync("text"));
        Assert.Equal(("Hit", "Json", "[1,2]"), await ReadAsync("json"));
        Assert.Equal(("Hit", "Number", "42"), await ReadAsync("number"));
        Assert.Equal(("Hit", "Bytes", "cafe"), await ReadAsync("bytes"));
        Assert.Equal(("Hit", "Null", "null"), await ReadAsync("nothing"));
        Assert.Equal(("Hit", "Text", "open"), await ReadAsync("plain"));
        Assert.Equal(("Stale", "Text", "old"), await ReadAsync("stale"));
        Assert.Equal(("Miss", null, null), await ReadAsync("missing"));

        async Task<(string?, string?, string?)> ReadAsync(string key)
        {
            var reply = await app.PostAsync("/cache/read", new { level = "Stack", key });
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            return (reply.Outcome, reply.Json.GetProperty("form").GetString(), reply.Json.GetProperty("text").GetString());
        }
    }

    [Fact]
    public async Task Set_stores_update_only_replaces_and_clear_and_tags_reach_their_scope_alone()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        var (own, other) = (app.Caches.Create("acme").StackCache, app.Caches.Create("birch").StackCache);
        var tagged = CachePolicy.Default with { Tags = ["t"] };
        await own.SetAsync("tagged", "a", tagged);
        await other.SetAsync("tagged", "b", tagged);

        Assert.Equal("NotStored", (await app.PostAsync("/cache/update", new { level = "Stack", key = "a", value = "1" })).Outcome);
        Assert.Equal("Stored", (await app.PostAsync("/cache/set", new { level = "Stack", key = "a", value = "1", seconds = 60 })).Outcome);
        Assert.Equal("Stored", (await app.PostAsync("/cache/update", new { level = "Stack", key = "a", value = "2" })).Outcome);
        Assert.Equal("2", await own.GetAsync<string>("a"));
        Assert.Equal("Removed", (await app.PostAsync("/cache/remove-tag", new { level = "Stack", tag = "t" })).Outcome);
        Assert.False((await own.TryGetAsync<string>("tagged", tagged)).Found);
        Assert.Equal("Removed", (await app.PostAsync("/cache/clear", new { level = "Stack" })).Outcome);
        Assert.False((await own.TryGetAsync<string>("a")).Found);
        Assert.True((await other.TryGetAsync<string>("tagged", tagged)).Found);
        Assert.Equal(["tagged"], (await app.GetAsync("/cache/keys", InspectorApp.Manager)).Json.GetProperty("keys").EnumerateArray().Select(static row => row.GetProperty("key").GetString()), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Operations_are_counted_by_second_level_and_customer()
    {
        await using var app = await InspectorApp.StartAsync();
        var cache = app.Caches.Create("acme").StackCache;
        await cache.GetAsync<string>("a");
        await cache.SetAsync("a", "value", s_minutes);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await cache.GetAsync<string>("a");
        await cache.GetAsync<string>("a");
        await cache.RemoveAsync("a");
        await app.Caches.Create("birch", "dana", "3").SessionCache.GetAsync<string>("a");
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        var statistics = (await app.GetAsync("/cache/stats")).Json;
        var seconds = statistics.GetProperty("seconds");

        Assert.Equal(2, seconds.GetArrayLength());
        Assert.Equal((0, 1, 1, 0), FiguresOf(seconds[0]));
        Assert.Equal((2, 0, 0, 1), FiguresOf(seconds[1]));
        Assert.Equal(0, seconds[1].GetProperty("median").GetDouble(), tolerance: 1);
        var customers = statistics.GetProperty("customers").EnumerateArray().ToArray();
        Assert.Equal([(true, 2, 1), (false, 0, 1)], customers.Select(static customer => (customer.GetProperty("own").GetBoolean(), customer.GetProperty("hits").GetInt32(), customer.GetProperty("misses").GetInt32())));
        Assert.DoesNotContain("birch", statistics.GetRawText(), StringComparison.Ordinal);

        // Only what is new is told to whom has the rest.
        var last = seconds[0].GetProperty("at").GetInt64();
        Assert.Equal(1, (await app.GetAsync($"/cache/stats?after={last}")).Json.GetProperty("seconds").GetArrayLength());

        (int Hits, int Misses, int Writes, int Removals) FiguresOf(System.Text.Json.JsonElement second)
        {
            var names = statistics.GetProperty("figures").EnumerateArray().Select(static name => name.GetString()).ToList();
            var counts = second.GetProperty("counts").EnumerateArray().Select(static count => count.GetInt32()).ToArray();
            return (counts[names.IndexOf("SharedHit")], counts[names.IndexOf("Miss")], counts[names.IndexOf("Write")], counts[names.IndexOf("Removal")]);
        }
    }

    [Fact]
    public async Task Each_server_is_told_with_its_figures()
    {
        await using var app = await InspectorApp.StartAsync();
        await app.Caches.Create("acme").StackCache.SetAsync("a", "value", s_minutes);

        var server = (await app.GetAsync("/cache/servers")).Json.EnumerateArray().Single();

        Assert.Equal("embedded", server.GetProperty("name").GetString());
        Assert.Equal("Up", server.GetProperty("state").GetString());
        Assert.True(server.GetProperty("items").GetInt64() > 0);
        Assert.True(server.GetProperty("bytes").GetInt64() > 0);
        Assert.True(server.GetProperty("connections").GetInt64() > 0);
        Assert.Equal(0, server.GetProperty("evictions").GetInt64());
    }

    [Fact]
    public async Task Script_and_style_are_found_by_their_hash_and_kept_by_browsers()
    {
        await using var app = await InspectorApp.StartAsync(pattern: "/ops/cache");
        var page = (await app.GetAsync("/ops/cache")).Text;
        var assets = Regex.Matches(page, "(?:href|src)=\"(?<path>/ops/cache/assets/[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(static match => match.Groups["path"].Value).ToArray();

        Assert.Equal(4, assets.Length);
        foreach (var asset in assets)
        {
            Assert.Matches(@"\.[0-9a-f]{16}\.(js|css)$", asset);
            var reply = await app.GetAsync(asset);
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            Assert.Contains("immutable", reply.Headers["Cache-Control"], StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.NotModified, (await app.GetAsync(asset, InspectorApp.Operator, ("If-None-Match", reply.Headers["ETag"]))).Status);
        }
    }

    [Fact]
    public async Task Where_keys_are_not_remembered_the_rest_works()
    {
        await using var app = await InspectorApp.StartAsync(caches: static options => options.RecentKeys = 0);
        await app.Caches.Create("acme").StackCache.SetAsync("a", "value", s_minutes);

        Assert.False((await app.GetAsync("/cache/state")).Json.GetProperty("remembersKeys").GetBoolean());
        Assert.Empty((await app.GetAsync("/cache/keys")).Json.GetProperty("keys").EnumerateArray());
        Assert.Equal("Removed", (await app.PostAsync("/cache/remove", new { level = "Stack", key = "a" })).Outcome);
    }

    private static void AllowValues(ScopedCacheInspectorOptions options) => (options.AllowReadingValues, options.AllowWritingValues) = (true, true);
}
