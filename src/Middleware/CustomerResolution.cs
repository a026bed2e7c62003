using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>Chooses where the customer key comes from; the last call counts. A blank key, or one that is not there, is not known.</summary>
public sealed class CustomerResolution
{
    /// <summary>The claim that holds the customer key unless configured otherwise: <c>customer_key</c>.</summary>
    public const string DefaultClaim = "customer_key";

    internal CustomerResolution() => FromClaim(DefaultClaim);

    internal ScopeOrigin Origin { get; private set; } = null!;

    /// <summary>From a claim of the authenticated identities, by its type, or by the name it had in its token. Values that disagree, within or across identities, make it not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>From a route value, such as <c>{customer}</c> in <c>/{customer}/accounts</c>. Make sure that the user may act for that customer.</summary>
    public void FromRouteValue(string name) => Origin = ScopeOrigin.Named(ScopeOriginKind.RouteValue, name);

    /// <summary>From the request's host name (without port, whatever its case), by a map. A host that is not in the map is not known.</summary>
    public void FromHost(IReadOnlyDictionary<string, string> customersByHost)
    {
        ArgumentNullException.ThrowIfNull(customersByHost);
        var map = customersByHost.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        FromHost(host => map.GetValueOrDefault(host));
    }

    /// <summary>From the request's host name (without port, in lower case), by a function that gives null for hosts it does not know.</summary>
    public void FromHost(Func<string, string?> customerOfHost)
    {
        ArgumentNullException.ThrowIfNull(customerOfHost);
        Origin = new ScopeOrigin(ScopeOriginKind.Host, "host", context => new(customerOfHost(context.Request.Host.Host.ToLowerInvariant())));
    }

    /// <summary>
    /// From a request header. Anybody can send a header: use this only behind a gateway that sets it, and removes what clients sent. Several values that disagree make it not known.
    /// </summary>
    public void FromTrustedHeader(string name) => Origin = ScopeOrigin.Named(ScopeOriginKind.TrustedHeader, name);

    /// <summary>From a string kept in ASP.NET Core's session under <paramref name="key"/>. Needs <c>UseSession()</c>.</summary>
    public void FromAspNetSession(string key) => Origin = ScopeOrigin.Named(ScopeOriginKind.SessionString, key);

    /// <summary>From a function of your own. What it found is remembered for the request as long as its user, the user's claims and its endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.Customer.From(…)", resolve);

    /// <summary>From a resolver of your own.</summary>
    public void From(ICustomerKeyResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Origin = ScopeOrigin.Of(resolver.GetType().Name, resolver.ResolveAsync);
    }
}
