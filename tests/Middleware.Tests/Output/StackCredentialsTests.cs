using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>No response that was made for one <c>Authorization</c> header is another's, unless it was the header that signed the user in.</summary>
public sealed class StackCredentialsTests
{
    private const string Ann = "customer_key=acme;sub=ann";
    private const string Bob = "customer_key=acme;sub=bob";

    [Fact]
    public async Task Who_is_signed_in_by_cookie_never_gets_a_response_made_for_another_header()
    {
        await using var output = await StartAsync("cookies");
        var cookie = await SignInAsync(output, "cookies");

        Assert.StartsWith("1 acme ann", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);
        Assert.StartsWith("2 acme ann", await GetAsync(output, cookie, "Bearer BBB"), StringComparison.Ordinal);
        Assert.StartsWith("3 acme ann", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);

        // Neither was one of them stored, nor is one that was stored without a header given to who bears one.
        Assert.StartsWith("4 acme ann", await GetAsync(output, cookie), StringComparison.Ordinal);
        Assert.StartsWith("4 acme ann", await GetAsync(output, cookie), StringComparison.Ordinal);
        Assert.StartsWith("5 acme ann", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_header_counts_each_has_a_response_of_its_own()
    {
        await using var output = await StartAsync("cookies", configure: static page => page.VaryByHeader = ["Authorization"]);
        var cookie = await SignInAsync(output, "cookies");

        Assert.StartsWith("1 ", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);
        Assert.StartsWith("2 ", await GetAsync(output, cookie, "Bearer BBB"), StringComparison.Ordinal);
        Assert.StartsWith("1 ", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bearer", null)]
    [InlineData("keys", null)]
    [InlineData("cookies", "bearer")]
    [InlineData("cookies", "bearer,keys")]
    [InlineData("either", null)]
    public async Task Users_whom_the_header_signed_in_share_their_customers_response(string byDefault, string? ofTheEndpoint)
    {
        await using var output = await StartAsync(byDefault, ofTheEndpoint);

        Assert.StartsWith("1 acme ann", await GetAsync(output, null, $"Bearer {Ann}"), StringComparison.Ordinal);
        Assert.StartsWith("1 acme ann", await GetAsync(output, null, $"Bearer {Bob}"), StringComparison.Ordinal);
        Assert.StartsWith("2 globex eve", await GetAsync(output, null, "Bearer customer_key=globex;sub=eve"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_schemes_one_that_does_not_keep_sign_ins_must_have_found_the_user()
    {
        await using var output = await StartAsync("cookies", "cookies,bearer");
        var cookie = await SignInAsync(output, "cookies");

        // Both names stand in the ticket, though it was the cookie alone.
        Assert.StartsWith("1 ", await GetAsync(output, cookie, "Bearer AAA"), StringComparison.Ordinal);
        Assert.StartsWith("2 ", await GetAsync(output, cookie, "Bearer BBB"), StringComparison.Ordinal);
        Assert.StartsWith("3 ", await GetAsync(output, cookie, "Basic BBB"), StringComparison.Ordinal);

        // Both, and the token alone.
        Assert.StartsWith("4 ", await GetAsync(output, cookie, $"Bearer {Bob}"), StringComparison.Ordinal);
        Assert.StartsWith("4 ", await GetAsync(output, null, $"Bearer {Bob}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("either", null)]
    [InlineData("cookies", "either")]
    [InlineData("cookies", "forwards")]
    [InlineData("remote", null)]
    [InlineData("cookies", "remote")]
    public async Task A_scheme_that_has_its_users_from_a_cookie_is_none_that_checked_the_header(string byDefault, string? ofTheEndpoint)
    {
        await using var output = await StartAsync(byDefault, ofTheEndpoint);
        var cookie = await SignInAsync(output, "cookies");

        Assert.StartsWith("1 acme ann", await GetAsync(output, cookie, "Basic AAA"), StringComparison.Ordinal);
        Assert.StartsWith("2 acme ann", await GetAsync(output, cookie, "Basic BBB"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_came_by_the_query_has_not_checked_the_header()
    {
        await using var output = await StartAsync("bearer");

        Assert.StartsWith("1 ", await GetAsync(output, null, "Basic AAA", $"/page?access_token={Ann}"), StringComparison.Ordinal);
        Assert.StartsWith("2 ", await GetAsync(output, null, "Basic BBB", $"/page?access_token={Ann}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("own")]
    [InlineData("own with an identity more")]
    [InlineData("own, the result stays")]
    [InlineData("unknown scheme")]
    [InlineData("token of a scheme that makes none")]
    [InlineData("no schemes")]
    public async Task A_user_whom_no_known_scheme_has_found_is_not_answered_from_the_cache(string how)
    {
        await using var output = await StartAsync("keys", inBetween: (app, _) => app.Use((context, next) =>
        {
            var feature = context.Features.Get<IAuthenticateResultFeature>()!;
            switch (how)
            {
                case "own":
                    context.User = Doubles.TestApp.Principal(Ann);
                    break;
                case "own with an identity more":
                    context.User = new ClaimsPrincipal([.. context.User.Identities, new ClaimsIdentity("own")]);
                    break;
                case "own, the result stays":
                    context.Features.Set<IAuthenticateResultFeature>(new Result { AuthenticateResult = feature.AuthenticateResult });
                    context.User = Doubles.TestApp.Principal(Ann);
                    break;
                case "unknown scheme":
                    feature.AuthenticateResult = AuthenticateResult.Success(new AuthenticationTicket(context.User, "keys;context.User"));
                    break;
                case "token of a scheme that makes none":
                    feature.AuthenticateResult = AuthenticateResult.Success(new AuthenticationTicket(context.User, "keys:AccessToken"));
                    break;
                default:
                    context.RequestServices = new ServiceCollection().BuildServiceProvider();
                    break;
            }

            return next(context);
        }));

        Assert.StartsWith("1 acme ann", await GetAsync(output, null, $"Bearer {Ann}"), StringComparison.Ordinal);
        Assert.StartsWith("2 acme ann", await GetAsync(output, null, $"Bearer {Ann}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_whose_user_is_no_longer_the_headers_when_it_is_complete_is_not_stored()
    {
        await using var output = await StartAsync("keys", render: static (context, output) =>
        {
            // The same claims, and nobody says where from.
            context.User = new ClaimsPrincipal(context.User.Identities);
            return output.Render(context);
        });

        Assert.StartsWith("1 acme ann", await GetAsync(output, null, $"Bearer {Ann}"), StringComparison.Ordinal);
        output.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("2 acme ann", await GetAsync(output, null, $"Bearer {Ann}"), StringComparison.Ordinal);
    }

    private static Task<OutputApp> StartAsync(
        string byDefault,
        string? ofTheEndpoint = null,
        Action<OutputCacheStackAttribute>? configure = null,
        Action<WebApplication, OutputApp>? inBetween = null,
        Func<HttpContext, OutputApp, string>? render = null) => OutputApp.StartAsync(
        (app, output) =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            inBetween?.Invoke(app, output);
            app.MapGet("/sign-in", static (HttpContext context, string scheme) =>
            {
                // As a remote sign-in leaves it, which has the browser keep its user by the cookie's scheme.
                var properties = new AuthenticationProperties { Items = { [".AuthScheme"] = "remote" } };
                return context.SignInAsync(scheme, Doubles.TestApp.Principal(Ann), properties);
            });
            var page = app.MapGet("/page", (HttpContext context) => render?.Invoke(context, output) ?? output.Render(context));
            page.OutputCacheStack(attribute =>
            {
                attribute.VaryByQuery = [];
                configure?.Invoke(attribute);
            });
            page.RequireAuthorization(new AuthorizeAttribute { AuthenticationSchemes = ofTheEndpoint });
        },
        build: builder => builder.Services.AddAuthorization().AddAuthentication(byDefault)
            .AddCookie("cookies")
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>("bearer", null)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>("keys", null)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>("forwards", static options => options.ForwardDefaultSelector = Forward)
            .AddPolicyScheme("either", null, static options => options.ForwardDefaultSelector = Forward)
            .AddOAuth("remote", static options =>
            {
                options.SignInScheme = "cookies";
                (options.ClientId, options.ClientSecret, options.CallbackPath) = ("client", "secret", "/back");
                (options.AuthorizationEndpoint, options.TokenEndpoint) = ("https://remote.example/authorize", "https://remote.example/token");
            }));

    private static string Forward(HttpContext context) => context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal) ? "bearer" : "cookies";

    private static async Task<string> SignInAsync(OutputApp output, string scheme) => (await output.GetAsync($"/sign-in?scheme={scheme}", ""))["Set-Cookie"]!.Split(';')[0];

    private static async Task<string> GetAsync(OutputApp output, string? cookie, string? authorization = null, string path = "/page")
    {
        var answer = await output.GetAsync(path, "", [.. cookie is null ? [] : new[] { ("Cookie", cookie) }, .. authorization is null ? [] : new[] { ("Authorization", authorization) }]);
        return answer.Body;
    }

    private sealed class Result : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; }
    }
}
