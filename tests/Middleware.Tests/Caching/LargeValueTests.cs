using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

/// <summary>Values above the server's item limit, through the caches of customers.</summary>
public sealed class LargeValueTests : IDisposable
{
    private static readonly string s_text = Random.Shared.GetHexString(5_000_000);
    private readonly IDataProtectionProvider _ring = new EphemeralDataProtectionProvider();
    private readonly EmbeddedMemcached _server = new();
    private readonly ServiceProvider _here;
    private readonly ServiceProvider _there;

    public LargeValueTests() => (_here, _there) = (Process(LargeValues.Chunk), Process(LargeValues.Chunk));

    private ICache Here => _here.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;

    /// <summary>Another process.</summary>
    private ICache There => _there.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task One_factory_makes_it_and_every_process_finds_it_until_a_clear()
    {
        var made = 0;
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(s_text, await Here.GetOrCreateAsync("report", Make));
            Assert.Equal(s_text, await There.GetOrCreateAsync("report", Make));
        }

        Assert.Equal(1, made);
        Assert.Null(await _here.GetRequiredService<IScopedCacheFactory>().Create("other").StackCache.GetOrDefaultAsync<string?>("report", null));
        await Here.ClearAsync();
        Assert.Null(await There.GetOrDefaultAsync<string?>("report", null));

        ValueTask<string> Make(CancellationToken cancellationToken)
        {
            made++;
            return new ValueTask<string>(s_text);
        }
    }

    [Fact]
    public async Task It_is_kept_in_the_process_updated_and_removed_by_its_tag_like_any()
    {
        var policy = CachePolicy.For(TimeSpan.FromMinutes(5)) with { LocalFor = TimeSpan.FromMinutes(1), Tags = ["reports"] };
        await Here.SetAsync("report", s_text, policy);
        Assert.Equal(s_text, await There.GetOrDefaultAsync<string?>("report", null, policy));
        Assert.Equal(s_text, await There.GetOrDefaultAsync<string?>("report", null, policy));

        await There.UpdateAsync<string>("report", static before => before.Value + "!", policy);
        Assert.Equal(s_text + "!", await There.GetOrDefaultAsync<string?>("report", null, policy));
        Assert.Equal(s_text + "!", (await Here.GetManyAsync<string>(["report", "none"]))["report"]);

        await There.RemoveByTagAsync("reports");
        Assert.Null(await There.GetOrDefaultAsync<string?>("report", null, policy));
    }

    [Fact]
    public async Task Without_the_setting_it_is_the_callers_error()
    {
        using var refusing = Process(LargeValues.Refuse);

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () =>
            await refusing.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache.SetAsync("report", s_text));

        Assert.Contains("Cache:LargeValues", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_setting_get_or_create_fails_after_the_factory_has_run_and_where_there_is_a_stale_value_that_is_answered()
    {
        var clock = new FakeClock();
        using var caches = ScopedCacheTesting.Create(timeProvider: clock);
        var policy = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromMinutes(1) };
        var (made, ran) = (s_text, 0);

        for (var round = 1; round <= 2; round++)
        {
            await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await AskAsync());
            Assert.Equal(round, ran);
        }

        made = "small";
        Assert.Equal("small", await AskAsync());
        made = s_text;
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("small", await AskAsync());
        Assert.Equal(4, ran);

        ValueTask<string> AskAsync() => caches.StackCache.GetOrCreateAsync(
            "report",
            _ =>
            {
                ran++;
                return Task.FromResult(made);
            },
            policy);
    }

    private ServiceProvider Process(LargeValues largeValues)
    {
        var services = new ServiceCollection();
        services.AddMemcachedScopedCache();
        services.UseEmbeddedMemcached(_server);
        services.WithPatience().Configure<MemcachedOptions>(options => (options.Prefix, options.LargeValues) = ("test", largeValues));
        services.Replace(ServiceDescriptor.Singleton(_ring));
        return services.BuildServiceProvider();
    }
}
