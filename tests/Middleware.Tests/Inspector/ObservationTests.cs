using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Inspector;

/// <summary>When somebody observes, and what that costs.</summary>
public sealed class ObservationTests
{
    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1) };

    [Theory]
    [InlineData("Production", null, 0)]
    [InlineData("Development", null, 1000)]
    [InlineData("Development", "off", 0)]
    [InlineData("Development", "0", 0)]
    [InlineData("Production", "on", 1000)]
    [InlineData("Production", "true", 1000)]
    [InlineData("Production", "250", 250)]
    public async Task Recent_keys_are_remembered_in_Development_or_where_that_is_configured(string environment, string? setting, int capacity)
    {
        await using var app = Build(environment, setting);

        Assert.Equal(capacity, app.Services.GetRequiredService<Observation>().Keys?.Capacity ?? 0);
        Assert.Equal(capacity > 0, app.Services.GetRequiredService<CacheServices>().IsWatched);
        Assert.Equal(capacity > 0, app.Services.GetService<IEntryObserver>() is not null);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("100001")]
    [InlineData("many")]
    public async Task A_setting_that_is_none_stops_the_start_by_its_name(string setting)
    {
        await using var app = Build("Production", setting);

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains("'Cache:RecentKeys'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_are_counted_once_the_inspector_is_mapped_and_not_before()
    {
        await using var app = Build("Development", "off");
        Assert.False(app.Services.GetRequiredService<CacheServices>().IsWatched);

        app.MapScopedCacheInspector();

        Assert.True(app.Services.GetRequiredService<CacheServices>().IsWatched);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hit_in_this_processs_memory_allocates_nothing_whether_keys_are_remembered_or_not(bool remembered)
    {
        using var server = new EmbeddedMemcached();
        await using var process = new ServiceCollection()
            .AddMemcachedScopedCache(options => options.RecentKeys = remembered ? 1000 : 0)
            .UseEmbeddedMemcached(server)
            .WithPatience()
            .BuildServiceProvider();
        var cache = process.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;
        await cache.SetAsync("a", "value", s_local);
        await cache.GetAsync<string>("a", s_local);
        Hit(cache, 2000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Hit(cache, 2000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(remembered ? 4001 : null, process.GetRequiredService<Observation>().Keys?.Latest().Single().Hits);
    }

    private static void Hit(ICache cache, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var hit = cache.GetOrCreateAsync("a", 0, static (_, _) => new ValueTask<string>("created"), s_local, CancellationToken.None);
            Assert.True(hit.IsCompletedSuccessfully);
        }
    }

    private static WebApplication Build(string environment, string? setting)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Cache:Backend", (string?)CacheBackends.Embedded), KeyValuePair.Create("Cache:RecentKeys", setting)]);
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Services.AddMemcachedScopedCache();
        return builder.Build();
    }
}
