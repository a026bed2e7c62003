using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Hybrid;

/// <summary>How long values live, in the shared cache and in the process, and who says so.</summary>
public sealed class HybridExpirationTests : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private readonly HybridFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_value_ends_after_the_expiration_of_its_call()
    {
        var cache = _fleet.Start().Cache;
        await cache.SetAsync("key", 1, new HybridCacheEntryOptions { Expiration = s_minute });

        _fleet.Clock.Advance(s_minute - s_second);
        Assert.Equal(1, await MakeAsync(cache, 2));
        _fleet.Clock.Advance(s_second);
        Assert.Equal(2, await MakeAsync(cache, 2));
    }

    [Fact]
    public async Task A_value_ends_after_five_minutes_when_nobody_says_otherwise()
    {
        var cache = _fleet.Start().Cache;
        await MakeAsync(cache, 1);

        _fleet.Clock.Advance(TimeSpan.FromMinutes(5) - s_second);
        Assert.Equal(1, await MakeAsync(cache, 2));
        _fleet.Clock.Advance(s_second);
        Assert.Equal(2, await MakeAsync(cache, 2));
    }

    [Fact]
    public async Task The_default_options_count_where_a_call_leaves_a_property_open()
    {
        var cache = _fleet.Start(configure: static options => options.DefaultEntryOptions = new HybridCacheEntryOptions
        {
            Expiration = s_minute,
            LocalCacheExpiration = s_minute,
            Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite,
        }).Cache;
        await cache.SetAsync("key", 1);
        Assert.Equal(0, _fleet.Server.Count);
        Assert.Equal(1, await MakeAsync(cache, 2));

        await cache.SetAsync("key", 3, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite });
        Assert.NotEqual(0, _fleet.Server.Count);
        _fleet.Clock.Advance(s_minute);
        Assert.Equal(4, await MakeAsync(cache, 4));
    }

    [Fact]
    public async Task The_policy_counts_where_no_options_do_and_brings_what_they_have_no_word_for()
    {
        var cache = _fleet.Start(configure: static options => options.Policy = CachePolicy.For(s_minute) with { StaleFor = s_minute, Tags = ["every"] }).Cache;
        await MakeAsync(cache, 1);
        _fleet.Clock.Advance(s_minute);

        // Past its time, and the factory fails: the stale value.
        Assert.Equal(1, await cache.GetOrCreateAsync<int>("key", static _ => throw new FormatException()));
        await cache.RemoveByTagAsync("every");
        Assert.Equal(2, await MakeAsync(cache, 2));
    }

    [Fact]
    public async Task The_scoped_caches_default_policy_counts_where_nothing_else_does()
    {
        var cache = _fleet.Start(add: static services => services.AddMemcachedScopedCache(static options => options.DefaultPolicy = CachePolicy.For(s_minute))).Cache;
        await MakeAsync(cache, 1);

        _fleet.Clock.Advance(s_minute);
        Assert.Equal(2, await MakeAsync(cache, 2));
    }

    [Fact]
    public async Task Without_a_local_expiration_another_process_is_seen_at_once()
    {
        var (here, there) = (_fleet.Start().Cache, _fleet.Start().Cache);
        await MakeAsync(here, 1);
        await there.SetAsync("key", 2);

        Assert.Equal(2, await MakeAsync(here, 3));
    }

    [Fact]
    public async Task A_local_value_is_answered_for_its_local_time_and_then_asked_for_again()
    {
        var (here, there) = (_fleet.Start().Cache, _fleet.Start().Cache);
        var options = new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.FromSeconds(10) };
        await MakeAsync(here, 1, options);
        await there.SetAsync("key", 2);

        _fleet.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, await MakeAsync(here, 3, options));
        _fleet.Clock.Advance(s_second);
        Assert.Equal(2, await MakeAsync(here, 3, options));
    }

    [Fact]
    public async Task A_local_value_never_outlives_its_expiration()
    {
        var cache = _fleet.Start().Cache;
        var options = new HybridCacheEntryOptions { Expiration = s_minute, LocalCacheExpiration = TimeSpan.FromHours(1) };
        await cache.SetAsync("key", 1);
        await cache.SetAsync("key", 2, options);

        _fleet.Clock.Advance(s_minute);
        Assert.Equal(3, await MakeAsync(cache, 3, options));
    }

    [Fact]
    public async Task A_local_expiration_of_zero_keeps_nothing_whatever_the_defaults_say()
    {
        var process = _fleet.Start(configure: static options => options.DefaultEntryOptions = new HybridCacheEntryOptions { LocalCacheExpiration = s_minute });
        var there = _fleet.Start().Cache;
        await MakeAsync(process.Cache, 1, new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.Zero });
        await there.SetAsync("key", 2);

        Assert.Equal(2, await MakeAsync(process.Cache, 3));
    }

    [Fact]
    public async Task The_longest_times_there_are_mean_for_ever()
    {
        var cache = _fleet.Start(configure: static options => options.Policy = CachePolicy.Default with { StaleFor = s_minute }).Cache;
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.MaxValue, LocalCacheExpiration = TimeSpan.MaxValue };
        var there = _fleet.Start().Cache;
        await MakeAsync(cache, 1, options);
        await there.SetAsync("key", 2, options);

        _fleet.Clock.Advance(TimeSpan.FromDays(300));
        Assert.Equal(1, await MakeAsync(cache, 3, options));
        Assert.Equal(2, await MakeAsync(there, 3));
    }

    [Fact]
    public async Task An_expiration_that_is_not_positive_is_the_callers_error()
    {
        var cache = _fleet.Start().Cache;

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await MakeAsync(cache, 1, new HybridCacheEntryOptions { Expiration = TimeSpan.Zero }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await cache.SetAsync("key", 1, new HybridCacheEntryOptions { Expiration = -s_second }));
    }

    [Fact]
    public void A_default_expiration_that_is_not_positive_is_refused_and_named()
    {
        var process = _fleet.Start(configure: static options => options.DefaultEntryOptions = new HybridCacheEntryOptions { Expiration = TimeSpan.Zero });

        var thrown = Assert.Throws<OptionsValidationException>(() => process.Services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains("DefaultEntryOptions.Expiration", thrown.Message, StringComparison.Ordinal);
    }

    private static ValueTask<int> MakeAsync(HybridCache cache, int value, HybridCacheEntryOptions? options = null) =>
        cache.GetOrCreateAsync("key", value, static (value, _) => new ValueTask<int>(value), options);
}
