using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using ScopedCaching;

namespace WebExtension.Endpoints;

/// <summary>Who is asking.</summary>
public sealed record SignedIn(string Customer, string User);

/// <summary>
/// Signing in without a password, because this is a demonstration: whoever opens the page may be anybody. What is to be copied are the three claims.
/// </summary>
public static class SignInEndpoints
{
    private const int LongestName = 64;

    public static void AddCookieSignIn(this IServiceCollection services) =>
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(static options =>
        {
            options.Cookie.Name = "webextension";
            options.Cookie.SameSite = SameSiteMode.Strict;

            // There is no page to be redirected to: who may not ask is told so.
            options.Events.OnRedirectToLogin = static context => Answer(context, StatusCodes.Status401Unauthorized);
            options.Events.OnRedirectToAccessDenied = static context => Answer(context, StatusCodes.Status403Forbidden);
        });

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-in", SignInAsync);
        app.MapPost("/sign-out", static (HttpContext context) => context.SignOutAsync());
        app.MapGet("/api/me", static (ClaimsPrincipal user) =>
                new SignedIn(user.FindFirstValue(CustomerResolution.DefaultClaim)!, user.FindFirstValue(ClaimTypes.NameIdentifier)!))
            .RequireAuthorization();
    }

    private static async Task<IResult> SignInAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (await ReadAsync(context.Request, cancellationToken) is not { Customer: { } customer, User: { } user } || !IsName(customer) || !IsName(user))
        {
            return Results.Problem($"Sign in with a customer and a user, each of 1 to {LongestName} characters.", statusCode: StatusCodes.Status400BadRequest);
        }

        // The session's id is new each time, so that nothing of the session level outlives a sign-in.
        var identity = new ClaimsIdentity(
            [
                new Claim(CustomerResolution.DefaultClaim, customer),
                new Claim(ClaimTypes.NameIdentifier, user),
                new Claim(SessionResolution.DefaultClaim, RandomNumberGenerator.GetHexString(32, lowercase: true)),
            ],
            CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
        return Results.Ok(new SignedIn(customer, user));
    }

    private static async Task<SignedIn?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(cancellationToken);
            return new SignedIn(form["customer"].ToString(), form["user"].ToString());
        }

        try
        {
            return request.HasJsonContentType() ? await request.ReadFromJsonAsync<SignedIn>(cancellationToken) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestName;

    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
