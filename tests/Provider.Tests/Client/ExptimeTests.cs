using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;

namespace Provider.Tests.Client;

public sealed class ExptimeTests
{
    private const long ThirtyDays = 2_592_000;
    private const long Latest = int.MaxValue;

    private readonly FakeClock _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, 500, TimeSpan.Zero));

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public void The_default_never_ends()
    {
        Assert.Equal(0, Exptime.Of(default, _clock));
        Assert.Equal(0, Exptime.Of(Expiry.Never, _clock));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(999, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(59_999, 60)]
    public void Fractions_are_rounded_up(int milliseconds, long expected) =>
        Assert.Equal(expected, Exptime.Of(TimeSpan.FromMilliseconds(milliseconds), _clock));

    [Fact]
    public void The_smallest_fraction_is_not_for_ever() => Assert.Equal(1, Exptime.Of(new TimeSpan(1), _clock));

    [Fact]
    public void Thirty_days_are_relative_and_more_is_a_moment()
    {
        Assert.Equal(ThirtyDays, Exptime.Of(TimeSpan.FromDays(30), _clock));
        Assert.Equal(Now + ThirtyDays + 1, Exptime.Of(TimeSpan.FromDays(30) + TimeSpan.FromTicks(1), _clock));
        Assert.Equal(Now + (365 * 86_400), Exptime.Of(TimeSpan.FromDays(365), _clock));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void What_is_past_is_negative(long ticks) => Assert.Equal(-1, Exptime.Of(new TimeSpan(ticks), _clock));

    [Fact]
    public void Moments_are_counted_from_now()
    {
        Assert.Equal(90, Exptime.Of(_clock.GetUtcNow().AddSeconds(90), _clock));
        Assert.Equal(90, Exptime.Of(_clock.GetUtcNow().AddSeconds(90).ToOffset(TimeSpan.FromHours(5)), _clock));
        Assert.Equal(1, Exptime.Of(_clock.GetUtcNow().AddTicks(1), _clock));
        Assert.Equal(Now + (40 * 86_400), Exptime.Of(_clock.GetUtcNow().AddDays(40), _clock));
    }

    [Fact]
    public void Past_moments_are_negative()
    {
        Assert.Equal(-1, Exptime.Of(_clock.GetUtcNow(), _clock));
        Assert.Equal(-1, Exptime.Of(_clock.GetUtcNow().AddSeconds(-1), _clock));
        Assert.Equal(-1, Exptime.Of(DateTimeOffset.MinValue, _clock));
    }

    [Fact]
    public void What_the_server_cannot_count_ends_at_its_last_second()
    {
        Assert.Equal(Latest, Exptime.Of(TimeSpan.FromDays(365 * 100), _clock));
        Assert.Equal(Latest, Exptime.Of(DateTimeOffset.MaxValue, _clock));
        Assert.Equal(Latest, Exptime.Of(TimeSpan.MaxValue, _clock));
    }
}
