using Provider.Tests.Contract;
using Provider.Tests.Doubles;

namespace Provider.Tests.Embedded;

public sealed class ExpiryTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void An_entry_lives_until_its_second_and_not_longer()
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 30 1\r\nx\r\n");

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("VA 1 t1\r\nx\r\n", peer.Say("mg a v t\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("EN\r\n", peer.Say("mg a v t\r\n"));
    }

    [Fact]
    public void The_clock_ticks_in_whole_seconds()
    {
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 1 1\r\nx\r\n");

        _clock.Advance(TimeSpan.FromSeconds(0.99));
        Assert.Equal("HD\r\n", peer.Say("mg a\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(0.01));
        Assert.Equal("EN\r\n", peer.Say("mg a\r\n"));
    }

    [Fact]
    public void An_expiry_above_thirty_days_is_an_absolute_time()
    {
        using var peer = new EmbeddedPeer(_clock);
        var inAMinute = _clock.GetUtcNow().ToUnixTimeSeconds() + 60;
        peer.Say($"set a 0 {inAMinute} 1\r\nx\r\n");

        Assert.Equal("HD t60\r\n", peer.Say("mg a t\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("EN\r\n", peer.Say("mg a t\r\n"));
    }

    [Fact]
    public void An_entry_without_expiry_outlives_years()
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 0 1\r\nx\r\n");

        _clock.Advance(TimeSpan.FromDays(3650));

        Assert.Equal("HD t-1\r\n", peer.Say("mg a t\r\n"));
    }

    [Fact]
    public void A_touch_lengthens_a_life()
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 10 1\r\nx\r\n");
        _clock.Advance(TimeSpan.FromSeconds(9));
        peer.Say("mg a T10\r\n");

        _clock.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal("HD t1\r\n", peer.Say("mg a t\r\n"));
    }

    [Fact]
    public void A_lease_that_nobody_used_is_given_again_after_its_time()
    {
        using var peer = new EmbeddedPeer(_clock);
        Assert.Equal("HD W\r\n", peer.Say("mg a N5\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("HD Z\r\n", peer.Say("mg a N5\r\n"));

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("HD W\r\n", peer.Say("mg a N5\r\n"));
    }

    [Fact]
    public void Recaching_is_offered_once_when_little_time_is_left()
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 60 1\r\nx\r\n");
        Assert.Equal("HD\r\n", peer.Say("mg a R30\r\n"));

        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal("HD W\r\nHD Z\r\n", peer.Say("mg a R30\r\nmg a R30\r\n"));
    }

    // A real memcached was seen to act in the second before the delay ends: 2 s at the next tick, 3 s at the one after.
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(100, 99)]
    public void A_delayed_flush_takes_what_is_there_when_it_comes(int delay, int acts)
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say($"set a 0 0 1\r\nx\r\nflush_all {delay}\r\nset b 0 0 1\r\nx\r\n");

        _clock.Advance(TimeSpan.FromSeconds(acts - 1));
        Assert.Equal("HD\r\nHD\r\n", peer.Say("mg a\r\nmg b\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("EN\r\nEN\r\n", peer.Say("mg a\r\nmg b\r\n"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("STORED\r\nHD\r\n", peer.Say("set a 0 0 1\r\ny\r\nmg a\r\n"));
    }

    [Fact]
    public void Age_of_last_use_is_told()
    {
        using var peer = new EmbeddedPeer(_clock);
        peer.Say("set a 0 0 1\r\nx\r\n");
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("HD h0 l2\r\n", peer.Say("mg a h l\r\n"));
        Assert.Equal("HD h1 l2\r\n", peer.Say("mg a h l\r\n"));
        Assert.Equal("HD h1 l0\r\n", peer.Say("mg a h l\r\n"));
    }
}
