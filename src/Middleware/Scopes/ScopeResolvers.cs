namespace ScopedCaching.Scopes;

/// <summary>Where the parts of a scope come from, and what to say when they are not there.</summary>
internal sealed class ScopeResolvers(ScopeResolver customer, ScopeResolver user, ScopeResolver session)
{
    public ScopeResolver Customer { get; } = customer;

    public ScopeResolver User { get; } = user;

    public ScopeResolver Session { get; } = session;

    public ScopeUnavailableException CustomerUnknown(StorageLevel level) =>
        new(
            $"The request's customer is not known, and the {level} cache needs it. It was looked for in {Customer.Source}. Configure its source with " +
            "AddMemcachedScopedCache(o => o.Customer.FromClaim(\"…\")), another of o.Customer's methods, or 'Cache:CustomerClaim' in the configuration. " +
            "Blank values, conflicting values and identities that are not authenticated are ignored.",
            level);

    public ScopeUnavailableException UserUnknown() =>
        new(
            $"The request's user is not known, and the Session cache needs it. It was looked for in {User.Source}. Configure its source with " +
            "AddMemcachedScopedCache(o => o.User.FromClaim(\"…\")). Blank values, conflicting values and identities that are not authenticated are ignored.",
            StorageLevel.Session);

    public ScopeUnavailableException SessionUnknown() =>
        new(
            $"The request's session id is not known, and the Session cache needs it. It was looked for in {Session.Source}. Configure its source with " +
            "AddMemcachedScopedCache(o => o.Session.FromClaim(\"…\")), o.Session.FromAspNetSession(), or 'Cache:SessionClaim' in the configuration. " +
            "Blank values, conflicting values and identities that are not authenticated are ignored.",
            StorageLevel.Session);
}
