using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching.Scopes;

/// <summary>One way to find a part of a scope.</summary>
/// <param name="Source">What it looks at, in words for an exception's message.</param>
/// <param name="Remembered">
/// Whether what it found may be kept while user, claims and endpoint stay the same. Not for what is cheap to read and may change under the same user,
/// such as ASP.NET Core's session (cleared in the middle of a request) and route values (a re-executed error page).
/// </param>
/// <param name="ResolveAsync">Finds it; null or blank when it is not known.</param>
internal sealed record ScopeResolver(string Source, bool Remembered, Func<HttpContext, ValueTask<string?>> ResolveAsync)
{
    public static ScopeResolver For(ScopeOrigin origin)
    {
        var name = origin.Name;
        return origin.Kind switch
        {
            ScopeOriginKind.Claim => new(
                $"the claim '{name}' of the authenticated identities", Remembered: true, context => new(ClaimValues.Single(context.User, name))),
            ScopeOriginKind.UserClaims => new(
                $"the claim '{ClaimTypes.NameIdentifier}', 'sub' or the name of the authenticated identities", Remembered: true, static context => new(ClaimValues.UserId(context.User))),
            ScopeOriginKind.RouteValue => new($"the route value '{name}'", Remembered: false, context => new(RouteValue(context, name))),
            ScopeOriginKind.Host => new("the host name", Remembered: false, origin.Function!),
            ScopeOriginKind.TrustedHeader => new($"the header '{name}'", Remembered: false, context => new(Header(context, name))),
            ScopeOriginKind.SessionString => new($"the value '{name}' of ASP.NET Core's session", Remembered: false, context => SessionStringAsync(context, name)),
            ScopeOriginKind.SessionId => new(
                "ASP.NET Core's session (UseSession(), and something stored in it: until then its id is not kept)", Remembered: false, SessionIdAsync),
            ScopeOriginKind.Function => new(name, Remembered: true, origin.Function!),
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
    }

    private static string? RouteValue(HttpContext context, string name) =>
        context.Request.RouteValues.TryGetValue(name, out var value) ? value as string : null;

    private static string? Header(HttpContext context, string name)
    {
        string? single = null;
        foreach (var value in context.Request.Headers[name])
        {
            if (single is not null && !string.Equals(single, value, StringComparison.Ordinal))
            {
                return null;
            }

            single = value ?? "";
        }

        return single;
    }

    private static async ValueTask<string?> SessionStringAsync(HttpContext context, string key) =>
        await LoadedSessionAsync(context).ConfigureAwait(false) is { } session ? session.GetString(key) : null;

    // Until something is stored in it, the session has another id on every request.
    private static async ValueTask<string?> SessionIdAsync(HttpContext context) =>
        await LoadedSessionAsync(context).ConfigureAwait(false) is { } session && session.Keys.Any() ? session.Id : null;

    // Without loading it first, the session would block on its first read; one that failed to load is not available, and holds nothing.
    private static async ValueTask<ISession?> LoadedSessionAsync(HttpContext context)
    {
        if (WatchedSession.Of(context) is not { } session)
        {
            return null;
        }

        await session.LoadAsync(context.RequestAborted).ConfigureAwait(false);
        return session.IsAvailable ? session : null;
    }
}
