using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>Chooses where the session id comes from; the last call counts. A blank id, or one that is not there, is not known.</summary>
public sealed class SessionResolution
{
    /// <summary>The claim that holds the session id unless configured otherwise: <c>sid</c>.</summary>
    public const string DefaultClaim = "sid";

    internal SessionResolution() => FromClaim(DefaultClaim);

    internal ScopeOrigin Origin { get; private set; } = null!;

    /// <summary>From a claim of the authenticated identities, by its type, or by the name it had in its token. Values that disagree, within or across identities, make it not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>
    /// From ASP.NET Core's session: its id. Needs <c>UseSession()</c>, and something stored in the session: until then its id changes with every request, and so is not known.
    /// </summary>
    public void FromAspNetSession() => Origin = new ScopeOrigin(ScopeOriginKind.SessionId, "session");

    /// <summary>From a function of your own. What it found is remembered for the request as long as its user, the user's claims and its endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.Session.From(…)", resolve);

    /// <summary>From a resolver of your own.</summary>
    public void From(ISessionIdResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Origin = ScopeOrigin.Of(resolver.GetType().Name, resolver.ResolveAsync);
    }
}

/// <summary>Chooses where the user's id comes from; the last call counts. A blank id, or one that is not there, is not known.</summary>
public sealed class UserResolution
{
    internal UserResolution()
    {
    }

    internal ScopeOrigin Origin { get; private set; } = new(ScopeOriginKind.UserClaims, "user");

    /// <summary>From a claim of the authenticated identities, by its type, or by the name it had in its token. Values that disagree, within or across identities, make it not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>From a function of your own. What it found is remembered for the request as long as its user, the user's claims and its endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.User.From(…)", resolve);
}
