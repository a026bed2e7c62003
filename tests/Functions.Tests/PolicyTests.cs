using Functions.Tests.Samples;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Functions.Tests;

/// <summary>Everything that a policy can do applies to functions.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly TestScopedCache _caches;
    private readonly Policies _functions;

    public PolicyTests()
    {
        _caches = ScopedCacheTesting.Create(timeProvider: _clock);
        _functions = new Policies(_caches);
    }

    public void Dispose() => _caches.Dispose();

    [Fact]
    public void A_policy_is_found_by_its_name()
    {
        using var server = new EmbeddedMemcached(timeProvider: _clock);
        using var services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddMemcachedScopedCache(o => o.Policies["reports"] = TimeSpan.FromSeconds(3)).UseEmbeddedMemcached(server)
            .AddDataProtection().UseEphemeralDataProtectionProvider().Services.BuildServiceProvider();
        var plain = new Plain(services.GetRequiredService<IScopedCacheFactory>().Create("acme"));

        Assert.Equal((1, 1), (plain.GetByName(), plain.GetByName()));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(2, plain.GetByName());
    }

    [Fact]
    public void A_policy_that_there_is_not_is_named_with_the_function()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new Plain(_caches).GetByName());

        Assert.Contains("[Cached] on 'Functions.Tests.Samples.Plain.GetByName': There is no cache policy 'reports'. Known policies:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_kept_in_this_process_is_read_there_and_belongs_to_its_session()
    {
        Assert.Equal("1 1", await _functions.LocalAsync(1));
        _caches.Server.EvictAll();
        Assert.Equal("1 1", await _functions.LocalAsync(1));

        var another = new Policies(_caches.Factory.Create("customer", "user", "another"));
        await another.LocalAsync(1);
        Assert.Equal((1, 1), (_functions.Calls, another.Calls));
    }

    [Fact]
    public async Task What_can_never_change_is_kept_as_it_is_and_not_made_anew_at_each_call()
    {
        await _functions.LocalAsync(1);
        Assert.Same(await _functions.LocalAsync(1), await _functions.LocalAsync(1));
    }

    [Fact]
    public async Task Clear_set_and_refresh_reach_what_is_kept_in_this_process()
    {
        await _functions.LocalAsync(1);
        await _functions.LocalCache.ClearAsync(1);
        Assert.Equal("1 2", await _functions.LocalAsync(1));
        Assert.Equal("1 3", await _functions.LocalCache.RefreshAsync(1));
        Assert.Equal("1 3", await _functions.LocalAsync(1));
        await _functions.LocalCache.SetAsync(1, "set");
        Assert.Equal("set", await _functions.LocalAsync(1));
        Assert.Equal("set", (await _functions.LocalCache.TryGetAsync(1)).Value);
    }

    [Fact]
    public async Task A_stale_value_is_answered_when_the_body_fails()
    {
        Assert.Equal(1, await _functions.StaleAsync());
        _clock.Advance(TimeSpan.FromSeconds(11));
        _functions.Fails = true;
        Assert.Equal(1, await _functions.StaleAsync());
        Assert.Equal(2, _functions.Calls);
        _functions.Fails = false;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, await _functions.StaleAsync());
    }

    [Theory]
    [InlineData("reports")]
    [InlineData("other")]
    public async Task Values_are_cleared_by_the_tags_of_function_and_policy(string tag)
    {
        await _functions.StaleAsync();
        await _functions.LocalAsync(1);
        Assert.True(await _caches.StackCache.RemoveByTagAsync([tag]));

        Assert.False((await _functions.StaleCache.TryGetAsync()).Found);
        Assert.True((await _functions.LocalCache.TryGetAsync(1)).Found);
    }

    [Fact]
    public async Task A_clear_of_the_level_reaches_its_functions()
    {
        await _functions.StaleAsync();
        Assert.True(await _caches.StackCache.ClearAsync());
        Assert.False((await _functions.StaleCache.TryGetAsync()).Found);
    }

    [Fact]
    public async Task A_null_lives_as_long_as_the_policy_gives_to_nulls()
    {
        await _functions.NullAsync(isNull: true);
        await _functions.NullAsync(isNull: false);
        _clock.Advance(TimeSpan.FromSeconds(6));
        await _functions.NullAsync(isNull: false);
        Assert.Equal(2, _functions.Calls);
        await _functions.NullAsync(isNull: true);
        Assert.Equal(3, _functions.Calls);
    }
}
