using System.Security.Claims;

namespace ScopedCaching.Scopes;

/// <summary>Reads claims of authenticated identities only. Values that disagree give nothing: guessing would hand one customer the other's entries.</summary>
internal static class ClaimValues
{
    public static string? Single(ClaimsPrincipal? user, string type) => Find(user, type, out _);

    public static string? UserId(ClaimsPrincipal? user)
    {
        // The next kind of claim is asked only when this one is absent, not when its values disagree.
        var id = Find(user, ClaimTypes.NameIdentifier, out var any);
        if (!any)
        {
            id = Find(user, "sub", out any);
        }

        return any ? id : Name(user);
    }

    private static string? Find(ClaimsPrincipal? user, string type, out bool any)
    {
        any = false;
        string? single = null;
        foreach (var identity in Authenticated(user))
        {
            // The name in the token is for an identity that has no claim of the very type: who gave it one means that.
            var isThere = false;
            if (!Agree(identity, ClaimNames.IsOfType, type, ref single, ref isThere, ref any)
                || (!isThere && !Agree(identity, ClaimNames.WasInToken, type, ref single, ref isThere, ref any)))
            {
                return null;
            }
        }

        return single;
    }

    private static bool Agree(ClaimsIdentity identity, Func<Claim, string, bool> isNamed, string name, ref string? single, ref bool isThere, ref bool any)
    {
        foreach (var claim in identity.Claims)
        {
            if (isNamed(claim, name))
            {
                isThere = true;
                if (!Agree(ref single, claim.Value, ref any))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static string? Name(ClaimsPrincipal? user)
    {
        var any = false;
        string? single = null;
        foreach (var identity in Authenticated(user))
        {
            if (identity.Name is { } name && !Agree(ref single, name, ref any))
            {
                return null;
            }
        }

        return single;
    }

    private static bool Agree(ref string? single, string value, ref bool any)
    {
        if (any && !string.Equals(single, value, StringComparison.Ordinal))
        {
            return false;
        }

        (single, any) = (value, true);
        return true;
    }

    private static IEnumerable<ClaimsIdentity> Authenticated(ClaimsPrincipal? user) =>
        user?.Identities.Where(static identity => identity.IsAuthenticated) ?? [];
}
