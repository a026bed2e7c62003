using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

/// <summary>A clear by another process is seen by what is kept locally within a beat of the poll, however long it is kept.</summary>
public sealed class GenerationPollTests : IDisposable
{
    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromHours(2)) with { LocalFor = TimeSpan.FromHours(1), Tags = ["t"] };

    private readonly EmbeddedMemcached _server = new();
    private readonly EphemeralDataProtectionProvider _keys = new();

    [Theory]
    [InlineData("level")]
    [InlineData("view")]
    [InlineData("tag")]
    public async Task What_another_process_clears_is_asked_for_again(string what)
    {
        await using var here = Process(polls: true);
        await using var there = Process(polls: false);
        var (own, others) = (View(here), View(there));
        await own.SetAsync("key", "before", s_local);
        Assert.Equal("before", await own.GetAsync<string>("key", s_local));

        Assert.True(await (what switch
        {
            "level" => Factory(there).Create("acme").StackCache.ClearAsync(),
            "view" => others.ClearAsync(),
            _ => others.RemoveByTagAsync("t"),
        }));

        var given = TimeProvider.System.GetTimestamp();
        while ((await own.TryGetAsync<string>("key", s_local)).Found)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(given) < TimeSpan.FromSeconds(20), "The clear was not seen.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Without_asking_what_is_kept_is_answered_for_its_local_time()
    {
        await using var here = Process(polls: false);
        await using var there = Process(polls: false);
        var own = View(here);
        await own.SetAsync("key", "before", s_local);
        Assert.Equal("before", await own.GetAsync<string>("key", s_local));

        Assert.True(await View(there).ClearAsync());

        Assert.Equal("before", await own.GetAsync<string>("key", s_local));
    }

    public void Dispose() => _server.Dispose();

    private static ICache View(ServiceProvider process) => Factory(process).Create("acme").GetCache("view", StorageLevel.Stack);

    private static IScopedCacheFactory Factory(ServiceProvider process) => process.GetRequiredService<IScopedCacheFactory>();

    private ServiceProvider Process(bool polls) => new ServiceCollection()
        .AddSingleton<IDataProtectionProvider>(_keys)
        .AddMemcachedScopedCache(options => options.GenerationPoll = polls)
        .UseEmbeddedMemcached(_server)
        .WithPatience()
        .BuildServiceProvider();
}
