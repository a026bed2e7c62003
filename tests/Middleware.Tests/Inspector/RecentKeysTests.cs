using Provider.Tests.Doubles;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Inspector;

public sealed class RecentKeysTests
{
    private static readonly EntryScope s_scope = new("test", "stack", "acme", "acme");

    private readonly FakeClock _clock = new();

    [Fact]
    public void A_key_is_there_once_with_what_is_known_of_it()
    {
        var keys = new RecentKeys(10, _clock);
        var ends = _clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        keys.Seen(s_scope.Entry("a"), new EntryFacts(123, IsEncrypted: true, ends));
        keys.Use(s_scope.Entry("a"), isHit: true);
        _clock.Advance(TimeSpan.FromSeconds(3));
        keys.Use(s_scope.Entry("a"), isHit: true);

        var row = Assert.Single(keys.Latest());
        Assert.Equal(new RecentKeyRow(s_scope.Entry("a"), 2, _clock.GetUtcNow(), 123, IsEncrypted: true, ends, HasFacts: true), row);
    }

    [Fact]
    public void There_are_never_more_than_the_capacity_and_what_is_used_again_stays()
    {
        var keys = new RecentKeys(8, _clock);
        keys.Use(s_scope.Entry("hot"), isHit: true);
        for (var i = 0; i < 1000; i++)
        {
            keys.Use(s_scope.Entry($"once:{i}"), isHit: true);
            keys.Use(s_scope.Entry("hot"), isHit: true);
            Assert.InRange(keys.Count, 1, 8);
        }

        Assert.Equal(8, keys.Latest().Length);
        Assert.Equal(1001, keys.Latest().Single(static row => row.Address.Key is "hot").Hits);
        Assert.Contains(keys.Latest(), static row => row.Address.Key is "once:999");
    }

    [Fact]
    public void The_latest_comes_first_and_what_has_ended_is_left_out()
    {
        var keys = new RecentKeys(10, _clock);
        keys.Use(s_scope.Entry("old"), isHit: true);
        keys.Seen(s_scope.Entry("ending"), new EntryFacts(1, IsEncrypted: true, _clock.GetUtcNow() + TimeSpan.FromSeconds(5)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        keys.Use(s_scope.Entry("new"), isHit: true);

        Assert.Equal(["new", "old"], keys.Latest().Select(static row => row.Address.Key), StringComparer.Ordinal);
    }

    [Fact]
    public void Removing_an_unknown_key_is_silent()
    {
        var keys = new RecentKeys(10, _clock);

        Assert.False(keys.Forget(s_scope.Entry("never seen")));
        keys.ForgetAll(s_scope);
        Assert.Empty(keys.Latest());
    }

    [Fact]
    public void A_cleared_scope_takes_its_views_with_it_and_nobody_elses_keys()
    {
        var keys = new RecentKeys(10, _clock);
        var other = new EntryScope("test", "stack", "birch", "birch");
        keys.Use(s_scope.Entry("a"), isHit: true);
        keys.Use(s_scope.WithView("view").Entry("a"), isHit: true);
        keys.Use(other.Entry("a"), isHit: true);

        keys.ForgetAll(s_scope.WithView("view"));
        Assert.Equal(2, keys.Count);
        keys.ForgetAll(s_scope);

        Assert.Equal(other.Entry("a"), Assert.Single(keys.Latest()).Address);
    }

    [Fact]
    public void A_key_of_any_length_is_used_and_only_ones_that_are_not_too_long_are_remembered()
    {
        var keys = new RecentKeys(10, _clock);
        keys.Use(s_scope.Entry(new string('x', 1 << 20)), isHit: true);
        keys.Use(s_scope.Entry(new string('x', RecentKeys.LongestKey)), isHit: true);

        Assert.Single(keys.Latest());
    }

    [Fact]
    public async Task Many_threads_at_once_keep_it_bounded_unique_and_counted()
    {
        var keys = new RecentKeys(64, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                keys.Use(s_scope.Entry("shared"), isHit: true);
                keys.Use(s_scope.Entry($"{thread}:{i % 97}"), isHit: true);
                if (i % 5 == 0)
                {
                    keys.Forget(s_scope.Entry($"{thread}:{i % 31}"));
                }

                Assert.InRange(keys.Count, 0, 64);
            }
        })));

        var rows = keys.Latest();
        Assert.Equal(rows.Length, rows.Select(static row => row.Address).Distinct().Count());
        Assert.Equal(keys.Count, rows.Length);
        Assert.InRange(rows.Single(static row => row.Address.Key is "shared").Hits, 1, 40_000);
    }
}
