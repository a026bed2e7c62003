using ScopedCaching;

namespace Middleware.Tests;

public sealed class CachePolicyTests
{
    [Fact]
    public void The_default_expires_after_five_minutes() => Assert.Equal(TimeSpan.FromMinutes(5), CachePolicy.Default.Expiration);

    [Fact]
    public void Forever_does_not_expire() => Assert.Null(CachePolicy.Forever.Expiration);

    [Fact]
    public void Zero_and_negative_expirations_throw_and_name_forever()
    {
        foreach (var expiration in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1) })
        {
            Assert.Contains("CachePolicy.Forever", Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.For(expiration)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Default with { Expiration = expiration });
            Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Default with { SlidingExpiration = expiration });
        }
    }

    [Fact]
    public void A_policy_is_varied_without_changing_it()
    {
        var varied = CachePolicy.Default with { SlidingExpiration = TimeSpan.FromSeconds(3), Encrypt = false };
        Assert.Equal(TimeSpan.FromMinutes(5), varied.Expiration);
        Assert.Null(CachePolicy.Default.SlidingExpiration);
        Assert.Null(CachePolicy.Default.Encrypt);
    }
}
