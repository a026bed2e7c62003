using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>Configures where the session id comes from; the last call counts. If the id is blank or absent, the session is not known.</summary>
public sealed class SessionResolution
{
    /// <summary>The claim that contains the session id unless configured otherwise: <c>sid</c>.</summary>
    public const string DefaultClaim = "sid";

    internal SessionResolution() => FromClaim(DefaultClaim);

    internal ScopeOrigin Origin { get; private set; } = null!;

    /// <summary>From a claim of the authenticated identities, given by its type or by its name in the token. If there are different values, within or across identities, the session is not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>
    /// The id of ASP.NET Core's session. Requires <c>UseSession()</c>, and something stored in the session: until then its id changes with every request, so the session counts as not known.
    /// </summary>
    public void FromAspNetSession() => Origin = new ScopeOrigin(ScopeOriginKind.SessionId, "session");

    /// <summary>From your own function. Its result is remembered for the request as long as the user, the user's claims and the endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.Session.From(…)", resolve);

    /// <summary>From your own resolver.</summary>
    public void From(ISessionIdResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Origin = ScopeOrigin.Of(resolver.GetType().Name, resolver.ResolveAsync);
    }
}

/// <summary>Configures where the user's id comes from; the last call counts. If the id is blank or absent, the user is not known.</summary>
public sealed class UserResolution
{
    internal UserResolution()
    {
    }

    internal ScopeOrigin Origin { get; private set; } = new(ScopeOriginKind.UserClaims, "user");

    /// <summary>From a claim of the authenticated identities, given by its type or by its name in the token. If there are different values, within or across identities, the user is not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>From your own function. Its result is remembered for the request as long as the user, the user's claims and the endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.User.From(…)", resolve);
}
