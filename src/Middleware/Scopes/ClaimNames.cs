using System.Security.Claims;

namespace ScopedCaching.Scopes;

/// <summary>
/// By which names a claim is known: its type, compared as <see cref="ClaimsIdentity"/> itself compares it, and the name it had in its token. Handlers of tokens give some
/// claims other types, unless they are told not to (<c>MapInboundClaims</c>): <c>tid</c>, <c>oid</c>, <c>role</c>, <c>sub</c> become addresses.
/// </summary>
internal static class ClaimNames
{
    private const string NameInToken = "http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/ShortTypeName";

    public static bool IsOfType(Claim claim, string type) => string.Equals(claim.Type, type, StringComparison.OrdinalIgnoreCase);

    // A claim makes itself a dictionary when it is asked for its properties; only those with an address for a type are.
    public static bool WasInToken(Claim claim, string name) =>
        claim.Type.Contains(':', StringComparison.Ordinal)
        && claim.Properties.TryGetValue(NameInToken, out var former)
        && string.Equals(former, name, StringComparison.OrdinalIgnoreCase);
}
