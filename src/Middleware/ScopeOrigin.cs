using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>What the options chose for a part of a scope; the layer below knows how to read it.</summary>
/// <param name="Kind">Where to look.</param>
/// <param name="Name">The name of a claim, route value, header or session value; for a function, what to call it in messages.</param>
/// <param name="Function">A function of the application's own.</param>
internal sealed record ScopeOrigin(ScopeOriginKind Kind, string Name, Func<HttpContext, ValueTask<string?>>? Function = null)
{
    public static ScopeOrigin Named(ScopeOriginKind kind, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new ScopeOrigin(kind, name);
    }

    public static ScopeOrigin Of(string name, Func<HttpContext, ValueTask<string?>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ScopeOrigin(ScopeOriginKind.Function, name, function);
    }
}

/// <summary>The places where a part of a scope can be.</summary>
internal enum ScopeOriginKind
{
    Claim,
    UserClaims,
    RouteValue,
    Host,
    TrustedHeader,
    SessionString,
    SessionId,
    Function,
}
