using System.Security.Claims;

namespace ScopedCaching.Scopes;

/// <summary>
/// A user with the identities and claims of one moment. Claims do not change, but identities are given others and lose some, also under the same principal: whoever acts for
/// another customer from now on must not get what was found before. Comparing allocates nothing for the framework's own principals and identities, which give their lists.
/// </summary>
internal sealed class UserSnapshot
{
    private readonly ClaimsPrincipal _user;
    private readonly List<ClaimsIdentity> _identities;
    private readonly List<Claim> _claims = [];

    public UserSnapshot(ClaimsPrincipal user)
    {
        _user = user;
        _identities = [.. user.Identities];
        foreach (var identity in _identities)
        {
            _claims.AddRange(identity.Claims);
        }
    }

    /// <summary>Whether this is still the same user, with the same claims in the same identities.</summary>
    public bool IsStill(ClaimsPrincipal user)
    {
        if (!ReferenceEquals(user, _user))
        {
            return false;
        }

        var (identities, claims) = (0, 0);
        if (user.Identities is List<ClaimsIdentity> list)
        {
            foreach (var identity in list)
            {
                if (!IsNext(identity, ref identities, ref claims))
                {
                    return false;
                }
            }
        }
        else
        {
            foreach (var identity in user.Identities)
            {
                if (!IsNext(identity, ref identities, ref claims))
                {
                    return false;
                }
            }
        }

        return identities == _identities.Count && claims == _claims.Count;
    }

    private bool IsNext(ClaimsIdentity identity, ref int identities, ref int claims)
    {
        if (identities == _identities.Count || !ReferenceEquals(_identities[identities++], identity))
        {
            return false;
        }

        if (identity.Claims is List<Claim> list)
        {
            foreach (var claim in list)
            {
                if (!IsNext(claim, ref claims))
                {
                    return false;
                }
            }
        }
        else
        {
            foreach (var claim in identity.Claims)
            {
                if (!IsNext(claim, ref claims))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool IsNext(Claim claim, ref int claims) => claims < _claims.Count && ReferenceEquals(_claims[claims++], claim);
}
