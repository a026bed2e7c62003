using System.Security.Claims;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>What the claims say, and when they say nothing: a guess would hand one customer the other's entries.</summary>
public sealed class ClaimValuesTests
{
    [Fact]
    public void Nobody_has_no_claims_and_no_id()
    {
        Assert.Null(ClaimValues.Single(user: null, "customer_key"));
        Assert.Null(ClaimValues.UserId(user: null));
        Assert.Null(ClaimValues.UserId(new ClaimsPrincipal()));
    }

    [Fact]
    public void The_type_of_a_claim_is_compared_whatever_its_case_and_no_other_claim_is_read()
    {
        var user = User(Identity(("Customer_Key", "acme"), ("customer", "other"), ("customer_key2", "other")));

        Assert.Equal("acme", ClaimValues.Single(user, "customer_key"));
        Assert.Null(ClaimValues.Single(user, "institution"));
    }

    [Fact]
    public void Values_are_compared_exactly()
    {
        Assert.Null(ClaimValues.Single(User(Identity(("c", "acme"), ("c", "ACME"))), "c"));
        Assert.Null(ClaimValues.Single(User(Identity(("c", "acme"), ("c", "acme "))), "c"));
        Assert.Null(ClaimValues.Single(User(Identity(("c", "")), Identity(("c", "acme"))), "c"));
        Assert.Equal("acme", ClaimValues.Single(User(Identity(("c", "acme")), Identity(("c", "acme"))), "c"));
    }

    [Fact]
    public void An_identity_that_is_not_authenticated_neither_gives_a_value_nor_disputes_one()
    {
        var stranger = new ClaimsIdentity([new Claim("c", "other"), new Claim(ClaimTypes.NameIdentifier, "other"), new Claim(ClaimTypes.Name, "other")]);

        Assert.Null(ClaimValues.Single(User(stranger), "c"));
        Assert.Null(ClaimValues.UserId(User(stranger)));
        Assert.Equal("acme", ClaimValues.Single(User(stranger, Identity(("c", "acme"))), "c"));
        Assert.Equal("me", ClaimValues.UserId(User(stranger, Identity((ClaimTypes.NameIdentifier, "me")))));
    }

    [Fact]
    public void The_users_id_is_the_name_identifier_else_sub_else_the_name()
    {
        Assert.Equal("1", ClaimValues.UserId(User(Identity((ClaimTypes.Name, "3"), ("sub", "2"), (ClaimTypes.NameIdentifier, "1")))));
        Assert.Equal("2", ClaimValues.UserId(User(Identity((ClaimTypes.Name, "3"), ("sub", "2")))));
        Assert.Equal("3", ClaimValues.UserId(User(Identity((ClaimTypes.Name, "3")))));
        Assert.Equal("3", ClaimValues.UserId(User(Identity(("c", "nameless")), Identity((ClaimTypes.Name, "3")), Identity((ClaimTypes.Name, "3")))));
    }

    [Fact]
    public void A_disputed_id_is_not_replaced_by_the_next_kind_of_claim()
    {
        Assert.Null(ClaimValues.UserId(User(Identity((ClaimTypes.NameIdentifier, "1"), (ClaimTypes.NameIdentifier, "2"), ("sub", "3"), (ClaimTypes.Name, "4")))));
        Assert.Null(ClaimValues.UserId(User(Identity(("sub", "1")), Identity(("sub", "2"), (ClaimTypes.Name, "4")))));
        Assert.Null(ClaimValues.UserId(User(Identity((ClaimTypes.Name, "1")), Identity((ClaimTypes.Name, "2")))));
    }

    [Fact]
    public void A_claim_that_a_handler_gave_another_type_has_the_name_in_its_token_too()
    {
        Assert.Equal("acme", ClaimValues.Single(User(Renamed("tid", "acme")), "tid"));
        Assert.Equal("acme", ClaimValues.Single(User(Renamed("tid", "acme")), "TID"));
        Assert.Equal("acme", ClaimValues.Single(User(Renamed("tid", "acme")), "urn:tid"));
        Assert.Null(ClaimValues.Single(User(Renamed("tid", "acme")), "id"));
        Assert.Equal("ann", ClaimValues.UserId(User(Renamed("sub", "ann"))));
        Assert.Null(ClaimValues.Single(User(new ClaimsIdentity(Renamed("tid", "acme").Claims)), "tid"));
    }

    [Fact]
    public void Identities_that_disagree_do_so_by_either_name()
    {
        Assert.Null(ClaimValues.Single(User(Renamed("tid", "acme"), Identity(("tid", "other"))), "tid"));
        Assert.Null(ClaimValues.Single(User(Identity(("tid", "other")), Renamed("tid", "acme")), "tid"));
        Assert.Null(ClaimValues.Single(User(Renamed("tid", "acme"), Renamed("tid", "other")), "tid"));
        Assert.Equal("acme", ClaimValues.Single(User(Renamed("tid", "acme"), Identity(("tid", "acme"))), "tid"));
    }

    [Fact]
    public void Within_an_identity_a_claim_of_the_very_type_wins()
    {
        var user = Renamed("tid", "5d0c");
        user.AddClaim(new Claim("tid", "acme"));

        Assert.Equal("acme", ClaimValues.Single(User(user), "tid"));
    }

    /// <summary>As handlers of tokens leave it.</summary>
    private static ClaimsIdentity Renamed(string name, string value)
    {
        var claim = new Claim($"urn:{name}", value);
        claim.Properties["http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/ShortTypeName"] = name;
        return new ClaimsIdentity([claim], "test");
    }

    private static ClaimsPrincipal User(params ClaimsIdentity[] identities) => new(identities);

    private static ClaimsIdentity Identity(params (string Type, string Value)[] claims) => new(claims.Select(static claim => new Claim(claim.Type, claim.Value)), "test");
}
