using Microsoft.AspNetCore.Http;
using ScopedCaching.Scopes;

namespace ScopedCaching;

/// <summary>Chooses where the customer key comes from; the last call counts. A blank key, or one that is not there, is not known.</summary>
public sealed class CustomerResolution
{
    /// <summary>The claim that holds the customer key unless configured otherwise: <c>customer_key</c>.</summary>
    public const string DefaultClaim = "customer_key";

    internal CustomerResolution() => Resolver = ScopeResolver.Claim(DefaultClaim);

    internal ScopeResolver Resolver { get; private set; }

    /// <summary>From a claim of the authenticated identities. Values that disagree, within or across identities, make it not known.</summary>
    public void FromClaim(string type) => Resolver = ScopeResolver.Claim(type);

    /// <summary>From a route value, such as <c>{customer}</c> in <c>/{customer}/accounts</c>. Make sure that the user may act for that customer.</summary>
    public void FromRouteValue(string name) => Resolver = ScopeResolver.RouteValue(name);

    /// <summary>From the request's host name (without port), by a map. A host that is not in the map is not known.</summary>
    public void FromHost(IReadOnlyDictionary<string, string> customersByHost) => Resolver = ScopeResolver.Host(customersByHost);

    /// <summary>From the request's host name (without port, in lower case), by a function that gives null for hosts it does not know.</summary>
    public void FromHost(Func<string, string?> customerOfHost) => Resolver = ScopeResolver.Host(customerOfHost);

    /// <summary>
    /// From a request header. Anybody can send a header: use this only behind a gateway that sets it, and removes what clients sent. Several values that disagree make it not known.
    /// </summary>
    public void FromTrustedHeader(string name) => Resolver = ScopeResolver.TrustedHeader(name);

    /// <summary>From a string kept in ASP.NET Core's session under <paramref name="key"/>. Needs <c>UseSession()</c>.</summary>
    public void FromAspNetSession(string key) => Resolver = ScopeResolver.SessionString(key);

    /// <summary>From a function of your own. What it found is remembered for the request as long as its user and endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Resolver = ScopeResolver.Custom("the function given to o.Customer.From(…)", resolve);

    /// <summary>From a resolver of your own.</summary>
    public void From(ICustomerKeyResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Resolver = ScopeResolver.Custom(resolver.GetType().Name, resolver.ResolveAsync);
    }
}
