using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Middleware.Tests.Output;

namespace Middleware.Tests.Scopes;

/// <summary>Whose an entry is, for users who bear JSON web tokens, by the framework's own handler: which gives some claims other names unless it is told not to.</summary>
public sealed class JwtScopeTests
{
    [Theory]
    [InlineData("Bearer", null, true)]
    [InlineData("Bearer", null, false)]
    [InlineData(null, null, true)]
    [InlineData("cookies", "Bearer", true)]
    public async Task A_customers_entry_is_its_users_and_nobody_elses(string? byDefault, string? ofTheEndpoint, bool mapped)
    {
        await using var output = await JwtApp.StartAsync(byDefault: byDefault, ofTheEndpoint: ofTheEndpoint, bearer: jwt => jwt.MapInboundClaims = mapped);

        Assert.Equal("1 acme ann", await StackAsync(output, JwtApp.Ann));
        Assert.Equal("2 globex eve", await StackAsync(output, JwtApp.Eve));
        Assert.Equal("1 acme ann", await StackAsync(output, JwtApp.Bob));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/stack", JwtApp.Bearer(JwtApp.Ann, validUntil: 2101)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sessions_entry_is_its_own_and_a_renewed_token_finds_it(bool mapped)
    {
        await using var output = await JwtApp.StartAsync(bearer: jwt => jwt.MapInboundClaims = mapped);

        Assert.Equal("1 acme ann", await SessionAsync(output, JwtApp.Ann));
        Assert.Equal("2 acme bob", await SessionAsync(output, "customer_key=acme;sub=bob;sid=1"));
        Assert.Equal("3 globex ann", await SessionAsync(output, "customer_key=globex;sub=ann;sid=1"));
        Assert.Equal("4 acme ann", await SessionAsync(output, "customer_key=acme;sub=ann;sid=2"));
        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/session", JwtApp.Bearer(JwtApp.Ann, validUntil: 2101)));
        Assert.StartsWith("ScopeUnavailableException Session", await SessionAsync(output, "customer_key=acme;sub=ann"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Claims_are_configured_by_the_names_they_have_in_the_token(bool mapped)
    {
        await using var output = await JwtApp.StartAsync(bearer: jwt => jwt.MapInboundClaims = mapped, options: static options =>
        {
            options.Customer.FromClaim("tid");
            options.User.FromClaim("oid");
            options.Session.FromClaim("jti");
        });

        Assert.Equal("1  ", await StackAsync(output, "tid=acme;oid=ann;jti=1"));
        Assert.Equal("2  ", await StackAsync(output, "tid=globex;oid=ann;jti=1"));
        Assert.Equal("1  ", await StackAsync(output, "tid=acme;oid=bob;jti=1"));
        Assert.Equal("3  ", await SessionAsync(output, "tid=acme;oid=ann;jti=1"));
        Assert.Equal("4  ", await SessionAsync(output, "tid=acme;oid=bob;jti=1"));
        Assert.Equal("3  ", await SessionAsync(output, "tid=acme;oid=ann;jti=1"));
    }

    [Fact]
    public async Task A_cookie_keeps_the_names_that_claims_had_in_the_token()
    {
        await using var output = await JwtApp.StartAsync(
            static (app, _) => app.MapGet("/keep", static (HttpContext context) => context.SignInAsync("cookies", context.User)),
            byDefault: "either",
            options: static options => options.Customer.FromClaim("tid"));
        var cookie = (await JwtApp.GetAsync(output, "/keep", JwtApp.Bearer("tid=acme;sub=ann")))["Set-Cookie"]!.Split(';')[0];

        Assert.Equal("1  ann", await StackAsync(output, "tid=acme;sub=ann"));
        Assert.Equal("1  ann", await JwtApp.BodyAsync(output, "/stack", cookie: cookie));
        Assert.Equal("2  eve", await StackAsync(output, "tid=globex;sub=eve"));
        Assert.Equal("1  ann", await JwtApp.BodyAsync(output, "/stack", cookie: cookie));
    }

    private static Task<string> StackAsync(OutputApp output, string claims) => JwtApp.BodyAsync(output, "/stack", JwtApp.Bearer(claims));

    private static Task<string> SessionAsync(OutputApp output, string claims) => JwtApp.BodyAsync(output, "/session", JwtApp.Bearer(claims));
}
