using Microsoft.Extensions.Caching.Hybrid;
using ScopedCaching;
using ScopedCaching.Hybrid;

namespace Middleware.Tests.Hybrid;

public sealed class HybridPoliciesTests
{
    private readonly ScopedHybridCacheOptions _options = new();
    private readonly HybridPolicies _policies;

    public HybridPoliciesTests() => _policies = new HybridPolicies(() => _options, static () => CachePolicy.Default);

    [Fact]
    public void Who_asks_for_the_same_gets_the_same_policy()
    {
        var first = For(new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(1) }, "red");

        Assert.Same(first, For(new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(1) }, "red"));
        Assert.Equal(["red"], first.Tags);
    }

    [Fact]
    public void Who_asks_for_anything_else_gets_that()
    {
        for (var i = 1; i <= 1000; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(i), For(new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(i) }).Expiration);
        }
    }

    [Fact]
    public void Settings_that_change_count_from_then_on()
    {
        Assert.Null(For(null).StaleFor);
        _options.Policy = CachePolicy.Default with { StaleFor = TimeSpan.FromMinutes(1) };

        Assert.Equal(TimeSpan.FromMinutes(1), For(null).StaleFor);
    }

    private CachePolicy For(HybridCacheEntryOptions? options, params string[] tags) => _policies.For(options, _policies.FlagsOf(options), tags, serializer: null);
}
