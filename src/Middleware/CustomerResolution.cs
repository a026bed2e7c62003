using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>Configures where the customer key comes from; the last call counts. If the key is blank or absent, the customer is not known.</summary>
public sealed class CustomerResolution
{
    /// <summary>The claim that contains the customer key unless configured otherwise: <c>customer_key</c>.</summary>
    public const string DefaultClaim = "customer_key";

    internal CustomerResolution() => FromClaim(DefaultClaim);

    internal ScopeOrigin Origin { get; private set; } = null!;

    /// <summary>From a claim of the authenticated identities, given by its type or by its name in the token. If there are different values, within or across identities, the customer is not known.</summary>
    public void FromClaim(string type) => Origin = ScopeOrigin.Named(ScopeOriginKind.Claim, type);

    /// <summary>From a route value, such as <c>{customer}</c> in <c>/{customer}/accounts</c>. Make sure that the user may act for that customer.</summary>
    public void FromRouteValue(string name) => Origin = ScopeOrigin.Named(ScopeOriginKind.RouteValue, name);

    /// <summary>From the request's host name (without port, ignoring case), by means of a map. For a host that is not in the map, the customer is not known.</summary>
    public void FromHost(IReadOnlyDictionary<string, string> customersByHost)
    {
        ArgumentNullException.ThrowIfNull(customersByHost);
        var map = customersByHost.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        FromHost(host => map.GetValueOrDefault(host));
    }

    /// <summary>From the request's host name (without port, in lower case), by means of a function that returns null for unknown hosts.</summary>
    public void FromHost(Func<string, string?> customerOfHost)
    {
        ArgumentNullException.ThrowIfNull(customerOfHost);
        Origin = new ScopeOrigin(ScopeOriginKind.Host, "host", context => new(customerOfHost(context.Request.Host.Host.ToLowerInvariant())));
    }

    /// <summary>
    /// From a request header. Anyone can send a header, so use this only behind a gateway that sets it and strips what clients sent. If there are several different values, the customer is not known.
    /// </summary>
    public void FromTrustedHeader(string name) => Origin = ScopeOrigin.Named(ScopeOriginKind.TrustedHeader, name);

    /// <summary>From a string stored in ASP.NET Core's session under <paramref name="key"/>. Requires <c>UseSession()</c>.</summary>
    public void FromAspNetSession(string key) => Origin = ScopeOrigin.Named(ScopeOriginKind.SessionString, key);

    /// <summary>From your own function. Its result is remembered for the request as long as the user, the user's claims and the endpoint stay the same.</summary>
    public void From(Func<HttpContext, ValueTask<string?>> resolve) => Origin = ScopeOrigin.Of("the function given to o.Customer.From(…)", resolve);

    /// <summary>From your own resolver.</summary>
    public void From(ICustomerKeyResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Origin = ScopeOrigin.Of(resolver.GetType().Name, resolver.ResolveAsync);
    }
}
