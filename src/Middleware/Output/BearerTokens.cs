using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;

namespace ScopedCaching.Output;

/// <summary>
/// ASP.NET Core's own bearer tokens (<c>AddBearerToken</c>, Identity's endpoints). Their handler signs in, but what it gives is a token that clients send in the <c>Authorization</c> header, and
/// it looks for it nowhere else unless the application says so.
/// </summary>
internal static class BearerTokens
{
    // What a ticket's scheme is called in such a token.
    private const string AccessToken = ":AccessToken";

    private static readonly Func<MessageReceivedContext, Task> s_nothing = new BearerTokenEvents().OnMessageReceived;

    public static bool AreOf(AuthenticationScheme scheme) =>
        scheme.HandlerType.IsAssignableTo(typeof(SignInAuthenticationHandler<BearerTokenOptions>)) && scheme.HandlerType.Assembly == typeof(BearerTokenOptions).Assembly;

    /// <summary>Whether they come by the header alone: no event of the application's has a say.</summary>
    public static bool ComeByHeader(BearerTokenOptions? options) =>
        options is { EventsType: null, Events: { } events } && events.GetType() == typeof(BearerTokenEvents) && events.OnMessageReceived == s_nothing;

    /// <summary>The scheme of this name, or whose access token a ticket of this name was made of.</summary>
    public static async ValueTask<AuthenticationScheme?> SchemeAsync(IAuthenticationSchemeProvider schemes, string name)
    {
        if (await schemes.GetSchemeAsync(name).ConfigureAwait(false) is { } scheme)
        {
            return scheme;
        }

        return name.EndsWith(AccessToken, StringComparison.Ordinal)
            && await schemes.GetSchemeAsync(name[..^AccessToken.Length]).ConfigureAwait(false) is { } issuer
            && AreOf(issuer)
                ? issuer
                : null;
    }
}
