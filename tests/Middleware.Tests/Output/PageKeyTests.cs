using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using ScopedCaching;
using ScopedCaching.Output;

namespace Middleware.Tests.Output;

/// <summary>Two requests that differ in anything that counts never have one key, whatever text they hold.</summary>
public sealed class PageKeyTests
{
    private static readonly string[] s_texts =
    [
        "", "a", "b", "ab", "1:a", "-1:", "1", ":", ";", "h1:x1;1:a", "\u001e", "\u001f", "a\u001eb", "a\u001fb", "\u001eGET", "\0", "\n", "a\nb", "\ud800", "\udfff", "ä", "a\u0308", "\ufffd", new string('x', 600), new string('x', 601),
    ];

    [Fact]
    public void Values_of_one_header_never_share_a_key() => AllDiffer(s_texts.Select(static text => Key(context => context.Request.Headers["x-one"] = text)));

    [Fact]
    public void Values_of_two_headers_never_run_into_each_other() =>
        AllDiffer(s_texts.SelectMany(static _ => s_texts, static (one, other) => Key(context =>
        {
            context.Request.Headers["x-one"] = one;
            context.Request.Headers["x-two"] = other;
        })));

    [Fact]
    public void One_value_never_shares_a_key_with_several() => AllDiffer(
    [
        Key(static context => context.Request.Headers["x-one"] = new[] { "a", "b" }),
        Key(static context => context.Request.Headers["x-one"] = "a,b"),
        Key(static context => context.Request.Headers["x-one"] = new[] { "a,b", "" }),
        Key(static context => context.Request.Headers["x-one"] = new[] { "ab" }),
        Key(static context => context.Request.Headers["x-one"] = ""),
        Key(static _ => { }),
    ]);

    [Fact]
    public void Paths_queries_hosts_and_schemes_never_run_into_each_other() =>
        AllDiffer(s_texts.Where(static text => text.Length > 0).SelectMany(static text => new[]
        {
            Key(context => context.Request.Path = new PathString("/" + text)),
            Key(context => context.Request.PathBase = new PathString("/" + text)),
            Key(context => context.Request.QueryString = new QueryString("?" + text)),
            Key(context => context.Request.Headers.Host = text),
            Key(context => context.Request.Scheme = text),
        }));

    [Fact]
    public void Users_roles_and_claims_never_run_into_each_other()
    {
        var keys = new List<string>();
        foreach (var text in s_texts)
        {
            keys.Add(Key(static _ => { }, text));
            keys.Add(Key(context => context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, text)], "test"))));
            keys.Add(Key(context => context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("branch", text)], "test"))));
            keys.Add(Key(context => context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("branch", text), new Claim("branch", "other")], "test"))));
        }

        AllDiffer(keys);
    }

    [Fact]
    public void An_identity_that_is_not_authenticated_adds_nothing() =>
        Assert.Equal(Key(static _ => { }), Key(static context => context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("branch", "1"), new Claim(ClaimTypes.Role, "boss")]))));

    [Fact]
    public void Another_endpoint_has_another_key() =>
        Assert.NotEqual(Key(static _ => { }), Key(static _ => { }, endpoint: "other"), StringComparer.Ordinal);

    [Fact]
    public void Credentials_count_and_cannot_be_read_from_the_key()
    {
        string[] named = ["access_token"];
        string[] keys =
        [
            Key(static context => context.Request.QueryString = new QueryString("?access_token=secret"), query: named),
            Key(static context => context.Request.QueryString = new QueryString("?access_token=other-secret"), query: named),
            Key(static _ => { }, query: named),
            Key(static context => context.Request.Headers.Authorization = "Bearer secret"),
            Key(static context => context.Request.Headers.Authorization = "Bearer other-secret"),
            Key(static context => context.Request.Headers.Authorization = new[] { "Bearer secret", "" }),
            Key(static context => context.Request.Headers.Authorization = ""),
            Key(static context => context.Request.Headers.ProxyAuthorization = "Bearer secret"),
            Key(static context => context.Request.Headers.Cookie = "Bearer secret"),
            Key(static context => context.Request.QueryString = new QueryString("?access_token=secret")),
            Key(static context => context.Request.QueryString = new QueryString("?month=5&Access_Token=secret")),
            Key(static _ => { }),
        ];

        AllDiffer(keys);
        Assert.DoesNotContain(keys, static key => key.Contains("secret", StringComparison.Ordinal));
    }

    private static string Key(Action<HttpContext> ask, string? user = null, string endpoint = "endpoint", string[]? query = null)
    {
        var attribute = new OutputCacheStackAttribute { VaryByHeader = ["X-Two", "X-One", "Authorization", "Cookie", "Proxy-Authorization"], VaryByUser = true, VaryByRoles = true, VaryByClaim = ["branch"], VaryByQuery = query };
        var context = new DefaultHttpContext();
        ask(context);
        return PageKey.Of(context, new PageTerms(attribute, endpoint, "/page"), user);
    }

    private static void AllDiffer(IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
    }
}
