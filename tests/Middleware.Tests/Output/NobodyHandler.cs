using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Middleware.Tests.Output;

/// <summary>A scheme that signs in by the header X-Other, and otherwise leaves the user as the application's middleware made it.</summary>
internal sealed class NobodyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        Request.Headers.TryGetValue("X-Other", out var claims)
            ? AuthenticateResult.Success(new AuthenticationTicket(Doubles.TestApp.Principal(claims.ToString()), Scheme.Name))
            : AuthenticateResult.NoResult());
}
