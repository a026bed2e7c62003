using System.Security.Claims;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

public sealed class UserSnapshotTests
{
    [Fact]
    public void A_user_whose_identities_and_claims_stay_is_the_same()
    {
        var user = User();
        var snapshot = new UserSnapshot(user);
        Assert.True(snapshot.IsStill(user));
        Assert.False(snapshot.IsStill(new ClaimsPrincipal(user)));
    }

    [Fact]
    public void Any_change_of_claims_or_identities_is_seen()
    {
        Action<ClaimsPrincipal>[] changes =
        [
            static user => First(user).AddClaim(new("role", "b")),
            static user => First(user).RemoveClaim(First(user).FindFirst("role")),
            static user => user.Identities.Last().AddClaim(new("role", "b")),
            static user => user.Identities.Last().RemoveClaim(user.FindFirst("sub")),
            static user => Exchange(First(user), "role", "b"),
            static user => Exchange(First(user), "customer_key", "acme"),
            static user => user.AddIdentity(new ClaimsIdentity()),
            static user => user.AddIdentity(new ClaimsIdentity([new("customer_key", "other")], "test")),
        ];
        Assert.All(changes, static change =>
        {
            var user = User();
            var snapshot = new UserSnapshot(user);
            change(user);
            Assert.False(snapshot.IsStill(user));
        });
    }

    [Fact]
    public void Identities_that_compute_their_claims_are_compared_too()
    {
        var claims = new List<Claim> { new("customer_key", "acme") };
        var user = new ComputedPrincipal(new ComputedIdentity(claims));
        var snapshot = new UserSnapshot(user);
        Assert.True(snapshot.IsStill(user));
        claims[0] = new("customer_key", "other");
        Assert.False(snapshot.IsStill(user));
    }

    [Fact]
    public void Comparing_allocates_nothing()
    {
        var user = User();
        var snapshot = new UserSnapshot(user);
        Assert.True(snapshot.IsStill(user));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            snapshot.IsStill(user);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ClaimsPrincipal User() =>
        new([new ClaimsIdentity([new("customer_key", "acme"), new("role", "a")], "test"), new ClaimsIdentity([new("sub", "me")], "test")]);

    private static ClaimsIdentity First(ClaimsPrincipal user) => user.Identities.First();

    private static void Exchange(ClaimsIdentity identity, string type, string value)
    {
        identity.RemoveClaim(identity.FindFirst(type));
        identity.AddClaim(new(type, value));
    }

    private sealed class ComputedPrincipal(ClaimsIdentity identity) : ClaimsPrincipal(identity)
    {
        public override IEnumerable<ClaimsIdentity> Identities => base.Identities.Where(static _ => true);
    }

    private sealed class ComputedIdentity(List<Claim> claims) : ClaimsIdentity("test")
    {
        public override IEnumerable<Claim> Claims => claims.Where(static _ => true);
    }
}
