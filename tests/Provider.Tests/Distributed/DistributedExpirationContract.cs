using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;

namespace Provider.Tests.Distributed;

/// <summary>When entries end, whatever stores them.</summary>
public abstract class DistributedExpirationContract
{
    private protected FakeClock Clock { get; } = new();

    private protected abstract IDistributedCache Cache { get; }

    [Fact]
    public Task A_moment_ends_the_entry() =>
        LivesForAsync(20, new DistributedCacheEntryOptions { AbsoluteExpiration = Clock.GetUtcNow().AddSeconds(20) });

    [Fact]
    public Task A_moment_of_another_time_zone_ends_the_entry() =>
        LivesForAsync(20, new DistributedCacheEntryOptions { AbsoluteExpiration = Clock.GetUtcNow().AddSeconds(20).ToOffset(TimeSpan.FromHours(9)) });

    [Fact]
    public Task A_duration_ends_the_entry() =>
        LivesForAsync(20, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(20) });

    [Theory]
    [InlineData(20, 40)]
    [InlineData(40, 20)]
    public Task Of_a_moment_and_a_duration_the_earlier_ends_the_entry(int moment, int duration) =>
        LivesForAsync(20, new DistributedCacheEntryOptions
        {
            AbsoluteExpiration = Clock.GetUtcNow().AddSeconds(moment),
            AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(duration),
        });

    [Fact]
    public Task A_duration_over_thirty_days_ends_the_entry() =>
        LivesForAsync(40 * 86_400, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(40) });

    [Fact]
    public async Task A_thousand_days_as_hybrid_cache_keeps_its_tags_are_kept()
    {
        await Cache.SetAsync("__MSFT_HCT__tag", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(1000) });
        await AdvanceAsync(TimeSpan.FromDays(999));
        Assert.NotNull(await Cache.GetAsync("__MSFT_HCT__tag"));
        await AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Null(await Cache.GetAsync("__MSFT_HCT__tag"));
    }

    [Fact]
    public async Task An_entry_without_expiration_stays()
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions());
        await AdvanceAsync(TimeSpan.FromDays(300));
        Assert.NotNull(await Cache.GetAsync("key"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sliding_entry_lives_as_long_as_it_is_read_or_refreshed(bool refreshing)
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(20) });
        for (var i = 0; i < 4; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(19));
            if (refreshing)
            {
                await Cache.RefreshAsync("key");
            }
            else
            {
                Assert.NotNull(await Cache.GetAsync("key"));
            }
        }

        Assert.NotNull(await Cache.GetAsync("key"));
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Null(await Cache.GetAsync("key"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sliding_entry_never_outlives_its_absolute_expiration(bool refreshing)
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions
        {
            SlidingExpiration = TimeSpan.FromSeconds(20),
            AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(50),
        });
        for (var i = 0; i < 49; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
            await (refreshing ? Cache.RefreshAsync("key") : Cache.GetAsync("key"));
        }

        Assert.NotNull(await Cache.GetAsync("key"));
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Cache.GetAsync("key"));
    }

    [Fact]
    public async Task Absolute_expiration_counts_when_sliding_is_longer()
    {
        await LivesForAsync(20, new DistributedCacheEntryOptions
        {
            SlidingExpiration = TimeSpan.FromSeconds(100),
            AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(20),
        });
    }

    private async Task LivesForAsync(int seconds, DistributedCacheEntryOptions options)
    {
        await Cache.SetAsync("key", [1], options);
        await AdvanceAsync(TimeSpan.FromSeconds(seconds - 1));
        Assert.NotNull(await Cache.GetAsync("key"));
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Cache.GetAsync("key"));
    }

    /// <summary>Moves the clock, once everything that was sent has arrived.</summary>
    private protected virtual Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        return Task.CompletedTask;
    }
}
