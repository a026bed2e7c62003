using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Middleware.Tests.Output;

/// <summary>Responses for users who bear the framework's own tokens (<c>AddBearerToken</c>, and those of Identity's endpoints), by its own handler.</summary>
public sealed class BearerTokenTests
{
    private const string Tokens = BearerTokenDefaults.AuthenticationScheme;

    [Theory]
    [InlineData(Tokens, null)]
    [InlineData("cookies", Tokens)]
    [InlineData("cookies", "cookies," + Tokens)]
    [InlineData("either", null)]
    public async Task Users_of_one_customer_share_a_response_and_those_of_another_have_their_own(string byDefault, string? ofTheEndpoint)
    {
        await using var output = await StartAsync(byDefault, ofTheEndpoint);
        var (ann, bob, eve) = (await TokenAsync(output, JwtApp.Ann), await TokenAsync(output, JwtApp.Bob), await TokenAsync(output, JwtApp.Eve));

        Assert.Equal("1 acme ann", await PageAsync(output, ann));
        Assert.Equal("2 globex eve", await PageAsync(output, eve));
        Assert.Equal("1 acme ann", await PageAsync(output, bob));
        Assert.Equal("2 globex eve", await PageAsync(output, eve));

        // Another one for the same user.
        Assert.Equal("1 acme ann", await PageAsync(output, await TokenAsync(output, JwtApp.Ann)));
    }

    [Fact]
    public async Task Users_of_identitys_endpoints_are_among_them()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => Map(app, output, IdentityConstants.BearerScheme, ofTheEndpoint: null),
            build: static builder =>
            {
                builder.Services.AddAuthorization();
                builder.Services.AddIdentityApiEndpoints<IdentityUser>();
            });

        Assert.Equal("1 acme ann", await PageAsync(output, await TokenAsync(output, JwtApp.Ann)));
        Assert.Equal("2 globex eve", await PageAsync(output, await TokenAsync(output, JwtApp.Eve)));
        Assert.Equal("1 acme ann", await PageAsync(output, await TokenAsync(output, JwtApp.Bob)));
    }

    [Fact]
    public async Task A_token_that_is_refused_neither_reads_nor_stores_a_response()
    {
        await using var output = await StartAsync();
        var (token, another) = (await TokenAsync(output, JwtApp.Ann), await TokenAsync(output, JwtApp.Ann, "another"));
        Assert.Equal("1 acme ann", await PageAsync(output, token));

        await IsRefusedAsync(token[..^4]);
        await IsRefusedAsync(another);
        await IsRefusedAsync("AAA");
        output.Clock.Advance(TimeSpan.FromHours(2));
        await IsRefusedAsync(token);
        Assert.Equal("2 acme bob", await PageAsync(output, await TokenAsync(output, JwtApp.Bob)));

        async Task IsRefusedAsync(string token)
        {
            var commands = await output.Fleet.CommandsAsync();
            var answer = await JwtApp.GetAsync(output, "/page", $"Bearer {token}");
            Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.Status, answer.Body));
            Assert.Equal(commands, await output.Fleet.CommandsAsync());
        }
    }

    [Fact]
    public async Task A_header_beside_a_cookie_is_the_endpoints_own_matter_unless_it_was_checked()
    {
        await using var output = await StartAsync("cookies", "cookies," + Tokens);
        var cookie = (await output.GetAsync($"/sign-in?scheme=cookies&who={Uri.EscapeDataString(JwtApp.Ann)}", ""))["Set-Cookie"]!.Split(';')[0];

        Assert.Equal("1 acme ann", await JwtApp.BodyAsync(output, "/page", "Bearer AAA", cookie));
        Assert.Equal("2 acme ann", await JwtApp.BodyAsync(output, "/page", "Bearer AAA", cookie));
        Assert.Equal("3 acme ann", await JwtApp.BodyAsync(output, "/page", "Basic AAA", cookie));
        Assert.Equal("4 acme bob", await JwtApp.BodyAsync(output, "/page", $"Bearer {await TokenAsync(output, JwtApp.Bob)}", cookie));
        Assert.Equal("4 acme bob", await PageAsync(output, await TokenAsync(output, JwtApp.Ann)));
    }

    [Theory]
    [InlineData("event")]
    [InlineData("events of its own")]
    [InlineData("events by type")]
    [InlineData("forwards")]
    [InlineData("handler of its own")]
    public async Task Where_tokens_may_come_from_elsewhere_no_header_is_known_to_be_checked(string how)
    {
        await using var output = await StartAsync(how is "handler of its own" ? "own" : Tokens, configure: options =>
        {
            switch (how)
            {
                case "event":
                    options.Events.OnMessageReceived = FromQuery;
                    break;
                case "events of its own":
                    options.Events = new QueryEvents();
                    break;
                case "events by type":
                    options.EventsType = typeof(QueryEvents);
                    break;
                case "forwards":
                    options.ForwardAuthenticate = "byQuery";
                    break;
                default:
                    break;
            }
        });
        var token = await TokenAsync(output, JwtApp.Ann, how is "forwards" or "handler of its own" ? "byQuery" : Tokens);

        foreach (var header in new[] { "Bearer AAA", "Basic AAA", $"Bearer {token}" })
        {
            var (first, second) = (await AskAsync(header), await AskAsync(header));
            Assert.EndsWith(" acme ann", first, StringComparison.Ordinal);
            Assert.NotEqual(first, second, StringComparer.Ordinal);
        }

        // And without one there is nothing to be checked.
        Assert.Equal(await AskAsync(null), await AskAsync(null));

        Task<string> AskAsync(string? header) => JwtApp.BodyAsync(output, $"/page?access_token={token}", header);
    }

    private static Task<OutputApp> StartAsync(string byDefault = Tokens, string? ofTheEndpoint = null, Action<BearerTokenOptions>? configure = null) => OutputApp.StartAsync(
        (app, output) => Map(app, output, Tokens, ofTheEndpoint),
        build: builder => builder.Services.AddAuthorization().AddSingleton<QueryEvents>().AddAuthentication(byDefault)
            .AddCookie("cookies")
            .AddBearerToken(Tokens, options => configure?.Invoke(options))
            .AddBearerToken("another")
            .AddBearerToken("byQuery", static options => options.Events.OnMessageReceived = FromQuery)
            .AddScheme<BearerTokenOptions, OwnHandler>("own", static _ => { })
            .AddPolicyScheme("either", null, static policy => policy.ForwardDefaultSelector = static context =>
                context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal) ? Tokens : "cookies"));

    private static void Map(WebApplication app, OutputApp output, string tokens, string? ofTheEndpoint)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/sign-in", (HttpContext context, string who, string? scheme) => context.SignInAsync(scheme ?? tokens, Doubles.TestApp.Principal(who)));
        app.MapGet("/page", (HttpContext context) => JwtApp.Render(context, output)).OutputCacheStack(static page => page.VaryByQuery = [])
            .RequireAuthorization(new AuthorizeAttribute { AuthenticationSchemes = ofTheEndpoint });
    }

    private static Task FromQuery(MessageReceivedContext context)
    {
        context.Token = context.Request.Query["access_token"].FirstOrDefault();
        return Task.CompletedTask;
    }

    private static async Task<string> TokenAsync(OutputApp output, string who, string? scheme = null)
    {
        var answer = await output.GetAsync($"/sign-in?who={Uri.EscapeDataString(who)}{(scheme is null ? "" : $"&scheme={scheme}")}", "");
        return JsonDocument.Parse(answer.Body).RootElement.GetProperty("accessToken").GetString()!;
    }

    private static Task<string> PageAsync(OutputApp output, string token) => JwtApp.BodyAsync(output, "/page", $"Bearer {token}");

    /// <summary>With the framework's options, and users from where it likes.</summary>
    private sealed class OwnHandler(IOptionsMonitor<BearerTokenOptions> options, ILoggerFactory logger, UrlEncoder encoder) : SignInAuthenticationHandler<BearerTokenOptions>(options, logger, encoder)
    {
        protected override async Task<AuthenticateResult> HandleAuthenticateAsync() => await Context.AuthenticateAsync("byQuery") is { Succeeded: true, Principal: { } user }
            ? AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name))
            : AuthenticateResult.NoResult();

        protected override Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties) => Task.CompletedTask;

        protected override Task HandleSignOutAsync(AuthenticationProperties? properties) => Task.CompletedTask;
    }

    private sealed class QueryEvents : BearerTokenEvents
    {
        public override Task MessageReceivedAsync(MessageReceivedContext context) => FromQuery(context);
    }
}
