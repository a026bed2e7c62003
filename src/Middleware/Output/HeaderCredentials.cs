using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ScopedCaching.Output;

/// <summary>
/// What a request's <c>Authorization</c> header means for its response. One that no authentication has checked may be checked by the endpoint, whose response is then made for that
/// header. That a user is signed in says nothing: a cookie may have done that. When in doubt, the endpoint runs.
/// </summary>
/// <param name="schemesOf">A request's authentication schemes; null where the application has none.</param>
/// <param name="handlersOf">Those that it asks; null where the application has none.</param>
/// <param name="tokensOf">How a scheme of the framework's own bearer tokens takes them.</param>
internal sealed class HeaderCredentials(
    Func<HttpContext, IAuthenticationSchemeProvider?> schemesOf,
    Func<HttpContext, IAuthenticationHandlerProvider?> handlersOf,
    Func<HttpContext, string, BearerTokenOptions?> tokensOf)
{
    /// <summary>What a token is called in a ticket that keeps it, and in the query, by which clients that cannot set headers send it (RFC 6750).</summary>
    public const string AccessToken = "access_token";

    /// <summary>Whether a response may be looked up or stored whatever the header says: there is none, the key has it in it, or by it the user was authenticated.</summary>
    public ValueTask<bool> AllowAsync(HttpContext context, PageTerms terms) =>
        !context.Request.Headers.ContainsKey(HeaderNames.Authorization) || terms.Covers(HeaderNames.Authorization) ? new(true) : IsUsersAsync(context);

    private async ValueTask<bool> IsUsersAsync(HttpContext context)
    {
        // Whoever sets another user takes this result away, and a user whom no scheme has authenticated has none of a scheme that is known.
        if (context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult is not { Succeeded: true, Ticket: { } ticket }
            || !ReferenceEquals(ticket.Principal, context.User)
            || schemesOf(context) is not { } schemes
            || handlersOf(context) is not { } handlers)
        {
            return false;
        }

        // Authorization by several schemes merges their users and names all schemes that it asked, those that found nobody included.
        var isChecked = false;
        foreach (var name in ticket.AuthenticationScheme.Split(';'))
        {
            if (await BearerTokens.SchemeAsync(schemes, name).ConfigureAwait(false) is not { } scheme)
            {
                return false;
            }

            // A policy scheme only forwards; what counts is whom it asked.
            isChecked = isChecked
                || ((scheme.HandlerType == typeof(PolicySchemeHandler) || !KeepsSignIns(context, scheme)) && await HasCheckedAsync(context, schemes, handlers, scheme).ConfigureAwait(false));
        }

        return isChecked;
    }

    /// <summary>Whether it was this scheme that found the user. It has been asked before in this request, and handlers remember their answer.</summary>
    private async ValueTask<bool> HasCheckedAsync(
        HttpContext context, IAuthenticationSchemeProvider schemes, IAuthenticationHandlerProvider handlers, AuthenticationScheme scheme)
    {
        if (await handlers.GetHandlerAsync(context, scheme.Name).ConfigureAwait(false) is not { } handler
            || await handler.AuthenticateAsync().ConfigureAwait(false) is not { Succeeded: true, Ticket: { } ticket })
        {
            return false;
        }

        // A scheme that forwards has the ticket of the one that answered.
        return await BearerTokens.SchemeAsync(schemes, ticket.AuthenticationScheme).ConfigureAwait(false) is { } answered
            && !KeepsSignIns(context, answered)

            // A token that was kept and does not stand in the header came from elsewhere: from the query, or a cookie. One that was not may have come by the query if there is one.
            && (ticket.Properties.GetTokenValue(AccessToken) is { } token
                ? IsTheHeaders(token, context.Request.Headers.Authorization.ToString())
                : !context.Request.Query.ContainsKey(AccessToken));
    }

    /// <summary>Whether a token is all that a header has after the name of its scheme.</summary>
    private static bool IsTheHeaders(ReadOnlySpan<char> token, ReadOnlySpan<char> header) => header[(header.IndexOf(' ') + 1)..].Trim().SequenceEqual(token);

    /// <summary>Whether a handler knows users by what it gave their browsers, as cookies do, or by what another such handler keeps for it, as those of remote sign-ins do.</summary>
    private bool KeepsSignIns(HttpContext context, AuthenticationScheme scheme)
    {
        if (BearerTokens.AreOf(scheme))
        {
            return !BearerTokens.ComeByHeader(tokensOf(context, scheme.Name));
        }

        var handler = scheme.HandlerType;
        if (handler.IsAssignableTo(typeof(IAuthenticationSignOutHandler)))
        {
            return true;
        }

        for (var type = handler; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(RemoteAuthenticationHandler<>))
            {
                return true;
            }
        }

        return false;
    }
}
