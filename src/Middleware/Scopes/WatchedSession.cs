using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScopedCaching.Scopes;

/// <summary>ASP.NET Core's session, with a note of whether the application's code asked for it. Finding out whose a request is goes by <see cref="Inner"/> and does not count.</summary>
internal sealed class WatchedSession(ISessionFeature inner) : ISessionFeature
{
    public ISessionFeature Inner => inner;

    public bool IsUsed { get; private set; }

    public ISession Session
    {
        get
        {
            IsUsed = true;
            return inner.Session;
        }

        set => inner.Session = value;
    }

    /// <summary>The request's session, unwatched; null where there is none.</summary>
    public static ISession? Of(HttpContext context) => context.Features.Get<ISessionFeature>() is { } feature ? (feature as WatchedSession)?.Inner.Session ?? feature.Session : null;
}
