using System.Globalization;
using ScopedCaching;

namespace Middleware.Tests;

public sealed class CachePolicyTests
{
    [Fact]
    public void The_defaults_are_as_documented()
    {
        var policy = CachePolicy.Default;
        Assert.Equal(TimeSpan.FromMinutes(5), policy.Expiration);
        Assert.Null(policy.SlidingExpiration);
        Assert.Null(policy.StaleFor);
        Assert.Null(policy.RefreshAhead);
        Assert.Equal(TimeSpan.Zero, policy.Jitter);
        Assert.Null(policy.LocalFor);
        Assert.True(policy.OncePerRequest);
        Assert.Null(policy.FactorySoftTimeout);
        Assert.Null(policy.FactoryHardTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), policy.LeaseTime);
        Assert.Null(policy.NullExpiration);
        Assert.Empty(policy.Tags);
        Assert.Null(policy.Encrypt);
        Assert.Null(policy.Compress);
        Assert.Null(policy.Serializer);
        Assert.False(policy.FireAndForget);
    }

    [Fact]
    public void What_is_kept_locally_by_default_is_kept_ten_seconds()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), CachePolicy.Local.LocalFor);
        Assert.Equal(CachePolicy.Default, CachePolicy.Local with { LocalFor = null });
    }

    [Fact]
    public void Forever_does_not_expire() => Assert.Null(CachePolicy.Forever.Expiration);

    public static TheoryData<string, Func<TimeSpan, CachePolicy>> Times() => new()
    {
        { nameof(CachePolicy.For), CachePolicy.For },
        { "conversion", static time => time },
        { nameof(CachePolicy.Expiration), static time => CachePolicy.Default with { Expiration = time } },
        { nameof(CachePolicy.SlidingExpiration), static time => CachePolicy.Default with { SlidingExpiration = time } },
        { nameof(CachePolicy.StaleFor), static time => CachePolicy.Default with { StaleFor = time } },
        { nameof(CachePolicy.RefreshAhead), static time => CachePolicy.Default with { RefreshAhead = time } },
        { nameof(CachePolicy.LocalFor), static time => CachePolicy.Default with { LocalFor = time } },
        { nameof(CachePolicy.FactorySoftTimeout), static time => CachePolicy.Default with { FactorySoftTimeout = time } },
        { nameof(CachePolicy.FactoryHardTimeout), static time => CachePolicy.Default with { FactoryHardTimeout = time } },
        { nameof(CachePolicy.NullExpiration), static time => CachePolicy.Default with { NullExpiration = time } },
    };

    [Theory]
    [MemberData(nameof(Times), DisableDiscoveryEnumeration = true)]
    public void Zero_and_negative_times_throw(string name, Func<TimeSpan, CachePolicy> make)
    {
        Assert.NotNull(make(TimeSpan.FromTicks(1)));
        foreach (var time in new[] { TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.MinValue })
        {
            Assert.True(Record.Exception(() => make(time)) is ArgumentOutOfRangeException, name);
        }
    }

    [Fact]
    public void An_expiration_of_zero_is_told_how_to_say_never() =>
        Assert.Contains("CachePolicy.Forever", Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.For(TimeSpan.Zero)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_refusal_of_another_time_names_that_one_and_does_not_speak_of_forever()
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Default with { LocalFor = TimeSpan.Zero });
        Assert.Equal(nameof(CachePolicy.LocalFor), thrown.ParamName);
        Assert.DoesNotContain("Forever", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Jitter_may_be_zero_and_not_negative()
    {
        Assert.Equal(TimeSpan.Zero, (CachePolicy.Default with { Jitter = TimeSpan.Zero }).Jitter);
        Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Default with { Jitter = TimeSpan.FromTicks(-1) });
    }

    [Fact]
    public void A_lease_lasts_a_second_or_more()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), (CachePolicy.Default with { LeaseTime = TimeSpan.FromSeconds(1) }).LeaseTime);
        Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Default with { LeaseTime = TimeSpan.FromMilliseconds(999) });
    }

    [Fact]
    public void Tags_are_kept_once_each_and_bad_ones_refused()
    {
        Assert.Equal(["a", "b"], (CachePolicy.Default with { Tags = ["b", "a", "b"] }).Tags);
        Assert.Throws<ArgumentException>(() => CachePolicy.Default with { Tags = [""] });
        Assert.Throws<ArgumentException>(() => CachePolicy.Default with { Tags = [new string('x', 257)] });
        Assert.Throws<ArgumentNullException>(() => CachePolicy.Default with { Tags = null! });
        Assert.Throws<ArgumentException>(() => CachePolicy.Default with { Tags = [.. Enumerable.Range(0, 65).Select(static i => i.ToString(CultureInfo.InvariantCulture))] });
    }

    [Fact]
    public void A_policy_is_varied_without_changing_it()
    {
        var tagged = CachePolicy.Default with { Tags = ["a"] };
        var varied = tagged with { SlidingExpiration = TimeSpan.FromSeconds(3), Encrypt = false };
        Assert.Equal(TimeSpan.FromMinutes(5), varied.Expiration);
        Assert.Equal(["a"], varied.Tags);
        Assert.Null(CachePolicy.Default.SlidingExpiration);
        Assert.Null(CachePolicy.Default.Encrypt);
        Assert.Empty(CachePolicy.Default.Tags);
    }

    [Fact]
    public void Policies_that_say_the_same_are_equal()
    {
        Assert.Equal(CachePolicy.For(TimeSpan.FromSeconds(7)), CachePolicy.Default with { Expiration = TimeSpan.FromSeconds(7) });
        Assert.NotEqual(CachePolicy.Default, CachePolicy.Forever);
        Assert.Equal(CachePolicy.Default with { Tags = ["a"] }, CachePolicy.Default with { Tags = ["a"] });
    }
}
