using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Middleware.Tests.Output;

/// <summary>
/// A scheme whose tokens are claims (<c>customer_key=acme;sub=ann</c>), borne by the header <c>Authorization</c> or, where there is one, by the query. As JSON web tokens' does, "bearer" keeps the
/// token with its ticket; the others do not.
/// </summary>
internal sealed class BearerHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Result());

    private AuthenticateResult Result()
    {
        var header = Request.Headers.Authorization.ToString();
        var token = Request.Query["access_token"].FirstOrDefault() ?? (header.StartsWith(Prefix, StringComparison.Ordinal) ? header[Prefix.Length..] : "");
        if (!token.Contains('=', StringComparison.Ordinal))
        {
            return token.Length == 0 ? AuthenticateResult.NoResult() : AuthenticateResult.Fail("No such token.");
        }

        var properties = new AuthenticationProperties();
        if (Scheme.Name.Equals("bearer", StringComparison.Ordinal))
        {
            properties.StoreTokens([new AuthenticationToken { Name = "access_token", Value = token }]);
        }

        return AuthenticateResult.Success(new AuthenticationTicket(Doubles.TestApp.Principal(token), properties, Scheme.Name));
    }
}
