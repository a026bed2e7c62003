using System.Net;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>Responses for users who bear JSON web tokens, by the framework's own handler.</summary>
public sealed class JwtBearerTests
{
    [Theory]
    [InlineData("Bearer", null, true, true)]
    [InlineData("Bearer", null, false, true)]
    [InlineData("Bearer", null, true, false)]
    [InlineData(null, null, true, true)]
    [InlineData(null, "Bearer", true, true)]
    [InlineData("cookies", "Bearer", true, true)]
    [InlineData("cookies", "Bearer", false, true)]
    [InlineData("cookies", "cookies,Bearer", true, true)]
    [InlineData("either", null, true, true)]
    [InlineData("cookies", "either", true, true)]
    public async Task Users_of_one_customer_share_a_response_and_those_of_another_have_their_own(string? byDefault, string? ofTheEndpoint, bool mapped, bool saved)
    {
        await using var output = await JwtApp.StartAsync(byDefault: byDefault, ofTheEndpoint: ofTheEndpoint, bearer: jwt => (jwt.MapInboundClaims, jwt.SaveToken) = (mapped, saved));

        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Ann));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Bob));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_user_has_responses_of_their_own_by_request_and_each_session_at_its_level(bool mapped)
    {
        await using var byUser = await JwtApp.StartAsync(bearer: jwt => jwt.MapInboundClaims = mapped, page: static page => page.VaryByUser = true);
        Assert.Equal("1 acme ann", await PageAsync(byUser, JwtApp.Ann));
        Assert.Equal("2 acme bob", await PageAsync(byUser, JwtApp.Bob));
        Assert.Equal("1 acme ann", await PageAsync(byUser, "customer_key=acme;sub=ann;sid=another"));

        await using var bySession = await JwtApp.StartAsync(bearer: jwt => jwt.MapInboundClaims = mapped, page: static page => page.Level = StorageLevel.Session);
        Assert.Equal("1 acme ann", await PageAsync(bySession, JwtApp.Ann));
        Assert.Equal("2 acme ann", await PageAsync(bySession, "customer_key=acme;sub=ann;sid=another"));
        Assert.Equal("3 acme bob", await PageAsync(bySession, "customer_key=acme;sub=bob;sid=1"));
        Assert.Equal("4 globex ann", await PageAsync(bySession, "customer_key=globex;sub=ann;sid=1"));
        Assert.Equal("1 acme ann", await PageAsync(bySession, JwtApp.Ann));
    }

    [Theory]
    [InlineData("role", true)]
    [InlineData("role", false)]
    [InlineData("sub", true)]
    [InlineData("email", true)]
    public async Task A_claim_that_responses_vary_by_is_named_as_in_the_token(string claim, bool mapped)
    {
        await using var output = await JwtApp.StartAsync(bearer: jwt => jwt.MapInboundClaims = mapped, page: page => page.VaryByClaim = [claim]);

        Assert.Equal("1 acme ann", await PageAsync(output, "customer_key=acme;sub=ann;role=clerk;email=ann@acme.example"));
        Assert.Equal("2 acme bob", await PageAsync(output, "customer_key=acme;sub=bob;role=manager;email=bob@acme.example"));
        Assert.Equal("1 acme ann", await PageAsync(output, "customer_key=acme;sub=ann;role=clerk;email=ann@acme.example"));
    }

    [Fact]
    public async Task Users_of_other_roles_have_responses_of_their_own_by_request()
    {
        await using var output = await JwtApp.StartAsync(page: static page => page.VaryByRoles = true);

        Assert.Equal("1 acme ann", await PageAsync(output, "customer_key=acme;sub=ann;role=clerk"));
        Assert.Equal("2 acme bob", await PageAsync(output, "customer_key=acme;sub=bob;role=clerk;role=manager"));
        Assert.Equal("1 acme ann", await PageAsync(output, "customer_key=acme;sub=joe;role=clerk"));
    }

    [Fact]
    public async Task A_token_of_two_customers_is_nobodys()
    {
        await using var output = await JwtApp.StartAsync();

        Assert.Equal("1 acme ann", await PageAsync(output, "customer_key=acme;customer_key=globex;sub=ann"));
        Assert.Equal("2 acme ann", await PageAsync(output, "customer_key=acme;customer_key=globex;sub=ann"));
        Assert.Equal("3 acme ann", await PageAsync(output, JwtApp.Ann));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("forged")]
    [InlineData("another's audience")]
    [InlineData("another's issuer")]
    [InlineData("cut")]
    [InlineData("without a signature")]
    [InlineData("no token")]
    public async Task A_token_that_is_refused_neither_reads_nor_stores_a_response(string how)
    {
        await using var output = await JwtApp.StartAsync();
        var token = how switch
        {
            "expired" => JwtApp.Token(JwtApp.Ann, validUntil: 2001),
            "forged" => JwtApp.Token(JwtApp.Ann, forged: true),
            "another's audience" => JwtApp.Token(JwtApp.Ann, audience: "another"),
            "another's issuer" => JwtApp.Token(JwtApp.Ann, issuer: "https://another.example"),
            "cut" => JwtApp.Token(JwtApp.Ann)[..^1],
            "without a signature" => $"eyJhbGciOiJub25lIn0.{JwtApp.Token(JwtApp.Ann).Split('.')[1]}.",
            _ => "AAA",
        };

        await IsRefusedAsync(0);
        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Ann));
        await IsRefusedAsync(1);
        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Ann));

        async Task IsRefusedAsync(int renders)
        {
            var commands = await output.Fleet.CommandsAsync();
            var answer = await JwtApp.GetAsync(output, "/page", $"Bearer {token}");
            Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.Status, answer.Body));
            Assert.NotNull(answer["WWW-Authenticate"]);
            Assert.Equal((renders, commands), (output.Renders, await output.Fleet.CommandsAsync()));
        }
    }

    [Fact]
    public async Task Where_nobody_need_sign_in_a_token_that_is_refused_leaves_the_header_to_the_endpoint()
    {
        await using var output = await JwtApp.StartAsync(
            static (app, output) => app.MapGet("/open", (HttpContext context) => JwtApp.Render(context, output)).OutputCacheStack(),
            options: static options => options.Customer.FromHost(static _ => "acme"));
        var forged = $"Bearer {JwtApp.Token(JwtApp.Ann, forged: true)}";

        Assert.Equal("1  ", await JwtApp.BodyAsync(output, "/open", forged));
        Assert.Equal("2  ", await JwtApp.BodyAsync(output, "/open", forged));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, "/open", JwtApp.Bearer(JwtApp.Ann)));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, "/open", JwtApp.Bearer(JwtApp.Ann)));
        Assert.Equal("4  ", await JwtApp.BodyAsync(output, "/open", forged));
    }

    [Theory]
    [InlineData("/challenged", HttpStatusCode.Unauthorized)]
    [InlineData("/forbidden", HttpStatusCode.Forbidden)]
    public async Task An_endpoint_that_turns_a_user_away_says_so_to_that_user_only(string path, HttpStatusCode status)
    {
        await using var output = await JwtApp.StartAsync(static (app, output) =>
        {
            app.MapGet("/challenged", (HttpContext context) => Answer(context, output, TypedResults.Challenge())).OutputCacheStack();
            app.MapGet("/forbidden", (HttpContext context) => Answer(context, output, TypedResults.Forbid())).OutputCacheStack();
        });

        Assert.Equal(status, (await JwtApp.GetAsync(output, path, JwtApp.Bearer(JwtApp.Bob))).Status);
        Assert.Equal(status, (await JwtApp.GetAsync(output, path, JwtApp.Bearer(JwtApp.Bob))).Status);
        Assert.Equal(2, output.Renders);

        // The mark that it was not storable is past.
        output.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Ann)));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Ann)));

        static IResult Answer(HttpContext context, OutputApp output, IResult away)
        {
            var text = JwtApp.Render(context, output);
            return text.EndsWith("ann", StringComparison.Ordinal) ? TypedResults.Text(text) : away;
        }
    }

    [Fact]
    public async Task A_policy_turns_its_users_away_from_what_another_user_of_the_customer_has_stored()
    {
        await using var output = await JwtApp.StartAsync(static (app, output) =>
            app.MapGet("/audit", (HttpContext context) => JwtApp.Render(context, output)).OutputCacheStack().RequireAuthorization("auditors"));

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/audit", JwtApp.Bearer($"{JwtApp.Ann};audits=yes")));
        var answer = await JwtApp.GetAsync(output, "/audit", JwtApp.Bearer(JwtApp.Bob));
        Assert.Equal((HttpStatusCode.Forbidden, ""), (answer.Status, answer.Body));
        Assert.Equal(HttpStatusCode.Unauthorized, (await JwtApp.GetAsync(output, "/audit")).Status);
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/audit", JwtApp.Bearer($"{JwtApp.Bob};audits=yes")));
    }

    [Fact]
    public async Task A_renewed_token_finds_what_the_one_before_has_stored()
    {
        await using var output = await JwtApp.StartAsync(page: static page => (page.VaryByUser, page.VaryByRoles) = (true, true));

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Ann)));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Ann, validUntil: 2101)));
    }

    [Fact]
    public async Task Where_the_header_itself_counts_each_renewal_begins_anew()
    {
        await using var output = await JwtApp.StartAsync(page: static page => page.VaryByHeader = ["Authorization"]);

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Ann)));
        Assert.Equal("2 acme ann", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Ann, validUntil: 2101)));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Ann)));
    }

    [Theory]
    [InlineData("either", null)]
    [InlineData("cookies", "cookies,Bearer")]
    public async Task By_cookie_or_by_token_customers_are_apart(string byDefault, string? ofTheEndpoint)
    {
        await using var output = await JwtApp.StartAsync(byDefault: byDefault, ofTheEndpoint: ofTheEndpoint);
        var cookie = await JwtApp.SignInAsync(output, JwtApp.Ann);

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", cookie: cookie));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", cookie: cookie));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));

        // How a user signed in does not count, who the user is does.
        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Bob));
    }

    [Fact]
    public async Task Who_has_a_cookie_of_one_customer_and_a_token_of_another_is_neithers()
    {
        await using var output = await JwtApp.StartAsync(byDefault: "cookies", ofTheEndpoint: "cookies,Bearer");
        var cookie = await JwtApp.SignInAsync(output, JwtApp.Ann);
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", cookie: cookie));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));

        Assert.StartsWith("3 ", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Eve), cookie), StringComparison.Ordinal);
        Assert.StartsWith("4 ", await JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(JwtApp.Eve), cookie), StringComparison.Ordinal);
        Assert.StartsWith("ScopeUnavailableException", await JwtApp.BodyAsync(output, "/stack", JwtApp.Bearer(JwtApp.Eve), cookie), StringComparison.Ordinal);

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", cookie: cookie));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
    }

    [Theory]
    [InlineData("cookies", null, false)]
    [InlineData("cookies", null, true)]
    [InlineData("cookies", "cookies,Bearer", false)]
    public async Task Who_is_signed_in_by_cookie_gets_nothing_from_the_cache_for_a_token_that_nobody_checked(string byDefault, string? ofTheEndpoint, bool valid)
    {
        await using var output = await JwtApp.StartAsync(byDefault: byDefault, ofTheEndpoint: ofTheEndpoint);
        var cookie = await JwtApp.SignInAsync(output, JwtApp.Ann);
        var token = $"Bearer {JwtApp.Token(JwtApp.Bob, forged: !valid)}";

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", token, cookie));
        Assert.Equal("2 acme ann", await JwtApp.BodyAsync(output, "/page", token, cookie));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, "/page", cookie: cookie));
        Assert.Equal("4 acme ann", await JwtApp.BodyAsync(output, "/page", token, cookie));
    }

    [Fact]
    public async Task Customers_on_one_connection_are_apart()
    {
        await using var output = await JwtApp.StartAsync(kestrel: true, map: static (app, _) => app.MapGet("/connection", static (HttpContext context) => context.Connection.Id));
        var connection = await JwtApp.BodyAsync(output, "/connection");

        foreach (var path in new[] { "/page", "/stack", "/session" })
        {
            var first = await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Ann));
            var second = await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Eve));
            Assert.EndsWith(" acme ann", first, StringComparison.Ordinal);
            Assert.EndsWith(" globex eve", second, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, (await JwtApp.GetAsync(output, path)).Status);
            Assert.Equal(first, await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Ann)));
            Assert.Equal(second, await JwtApp.BodyAsync(output, path, JwtApp.Bearer(JwtApp.Eve)));
        }

        Assert.Equal(connection, await JwtApp.BodyAsync(output, "/connection"));
        Assert.Equal(6, output.Renders);
    }

    [Theory]
    [InlineData("query")]
    [InlineData("cookie")]
    public async Task Users_whose_token_comes_by_query_or_cookie_get_their_own_customers_responses(string by)
    {
        await using var output = await JwtApp.StartAsync(bearer: Elsewhere);

        Assert.Equal("1 acme ann", await ElsewhereAsync(output, by, JwtApp.Token(JwtApp.Ann)));
        Assert.Equal("2 globex eve", await ElsewhereAsync(output, by, JwtApp.Token(JwtApp.Eve)));
        Assert.Equal("1 acme ann", await ElsewhereAsync(output, by, JwtApp.Token(JwtApp.Bob)));
        Assert.Equal("", await ElsewhereAsync(output, by, JwtApp.Token(JwtApp.Ann, forged: true)));

        // And by the header, which then is the one that was checked.
        Assert.Equal("1 acme ann", await PageAsync(output, JwtApp.Ann));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
    }

    [Theory]
    [InlineData("query", "Basic AAA")]
    [InlineData("cookie", "Basic AAA")]
    [InlineData("query", "Bearer AAA")]
    [InlineData("query", "Basic AAA,Bearer {token}")]
    [InlineData("query", "Basic AAA {token}")]
    [InlineData("query", "Basic AAA{token}")]
    [InlineData("cookie", "AAA{token}")]
    public async Task A_header_that_is_not_the_token_by_which_the_user_came_is_the_endpoints_own_matter(string by, string header)
    {
        await using var output = await JwtApp.StartAsync(bearer: Elsewhere);
        var token = JwtApp.Token(JwtApp.Ann);
        header = header.Replace("{token}", token, StringComparison.Ordinal);

        Assert.Equal("1 acme ann", await ElsewhereAsync(output, by, token, header));
        Assert.Equal("2 acme ann", await ElsewhereAsync(output, by, token, header));
        Assert.Equal("3 acme ann", await ElsewhereAsync(output, by, token));
        Assert.Equal("4 acme ann", await ElsewhereAsync(output, by, token, header));
    }

    [Theory]
    [InlineData("?access_token={token}", "Basic AAA")]
    [InlineData("?access_token={token}", "Bearer AAA")]
    [InlineData("?Access%5Ftoken={token}", "Basic AAA")]
    public async Task A_token_that_is_not_kept_is_not_the_headers_where_the_query_has_one(string query, string header)
    {
        await using var output = await JwtApp.StartAsync(bearer: static jwt =>
        {
            Elsewhere(jwt);
            jwt.SaveToken = false;
        });
        query = query.Replace("{token}", JwtApp.Token(JwtApp.Ann), StringComparison.Ordinal);

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, $"/page{query}", header));
        Assert.Equal("2 acme ann", await JwtApp.BodyAsync(output, $"/page{query}", header));
        Assert.Equal("3 acme ann", await PageAsync(output, JwtApp.Ann));
        Assert.Equal("3 acme ann", await PageAsync(output, JwtApp.Bob));
    }

    [Fact]
    public async Task A_token_of_another_customer_in_the_header_is_not_the_one_by_which_the_user_came()
    {
        await using var output = await JwtApp.StartAsync(bearer: Elsewhere);

        // Were the header the one that counted, this would be globex's.
        Assert.Equal("1 acme ann", await ElsewhereAsync(output, "query", JwtApp.Token(JwtApp.Ann), JwtApp.Bearer(JwtApp.Eve)));
        Assert.Equal("2 globex eve", await PageAsync(output, JwtApp.Eve));
        Assert.Equal("3 acme ann", await PageAsync(output, JwtApp.Ann));
    }

    [Theory]
    [InlineData("Bearer  {token}")]
    [InlineData("bearer {token}")]
    public async Task However_the_header_is_written_it_is_the_one_that_was_checked(string header)
    {
        // On a real connection, where a header arrives as it is written.
        await using var output = await JwtApp.StartAsync(kestrel: true);
        header = header.Replace("{token}", JwtApp.Token(JwtApp.Ann), StringComparison.Ordinal);

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", header));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", header));
    }

    /// <summary>As the documents of SignalR tell it, and as those do it who keep their token in a cookie.</summary>
    private static void Elsewhere(JwtBearerOptions jwt) => jwt.Events = new JwtBearerEvents
    {
        OnMessageReceived = static context =>
        {
            context.Token = context.Request.Query["access_token"].FirstOrDefault() ?? context.Request.Cookies["token"];
            return Task.CompletedTask;
        },
    };

    private static Task<string> ElsewhereAsync(OutputApp output, string by, string token, string? header = null) => by is "query"
        ? JwtApp.BodyAsync(output, $"/page?access_token={token}", header)
        : JwtApp.BodyAsync(output, "/page", header, $"token={token}");

    private static Task<string> PageAsync(OutputApp output, string claims) => JwtApp.BodyAsync(output, "/page", JwtApp.Bearer(claims));
}
