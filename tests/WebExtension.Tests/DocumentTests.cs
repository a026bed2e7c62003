using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.RealMemcached;
using ScopedCaching;
using ScopedCaching.Memcached;
using WebExtension.Tests.Readme;

namespace WebExtension.Tests;

/// <summary>What the pages in docs say happens, does. (What they show is compared in <see cref="ReadmeTests"/>.)</summary>
public sealed class DocumentTests : IDisposable
{
    private static readonly CachePolicy s_forever = CachePolicy.Forever;

    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("keys-");

    public void Dispose() => _keys.Delete(recursive: true);

    [Fact]
    public async Task Items_take_as_many_bytes_as_the_page_on_operations_says()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await using var process = Process(services => services.AddMemcachedCache(o =>
            (o.Prefix, o.Servers) = ("my-bank", [MemcachedEndpoint.Tcp(server.Host, server.Port)])));
        var stack = process.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;
        var value = new byte[100];
        var client = process.GetRequiredService<IMemcachedClient>();

        await process.GetRequiredService<IDistributedCache>().SetAsync("k", value, new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(5) });
        await AssertSizesAsync(server, client, 400);

        await stack.SetAsync("k", value);
        await AssertSizesAsync(server, client, 305, 411);

        await stack.SetAsync("k", value, CachePolicy.Default with { StaleFor = TimeSpan.FromSeconds(1) });
        await AssertSizesAsync(server, client, 305, 411 + 8);

        await stack.SetAsync("k", value, CachePolicy.Default with { SlidingExpiration = TimeSpan.FromSeconds(10) });
        await AssertSizesAsync(server, client, 305, 411 + 4);

        await stack.SetAsync("k", value, CachePolicy.Default with { Tags = ["a", "bc"] });
        await AssertSizesAsync(server, client, 305, 305, 305, 411 + (2 * 16) + 2 + (2 * 4) + (3 * 2));

        await stack.SetAsync("k", value, CachePolicy.Default with { Encrypt = false });
        await AssertSizesAsync(server, client, 411 - 174 + 28, 305);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_by_every_process_within_six_minutes_and_a_restart_makes_them_one_cache_again()
    {
        var clock = new ManualClock();
        using var server = new EmbeddedMemcached(timeProvider: clock);
        await using var first = Process(Embedded);
        await using var second = Process(Embedded);
        await Stack(first).SetAsync("known", "v", s_forever);
        Assert.Equal("v", await Stack(second).GetAsync<string>("known"));
        await Stack(second).SetAsync("met later", "v", s_forever);

        SecuritySnippets.Revoke(first, first.GetRequiredService<IKeyManager>().GetAllKeys().Single().KeyId);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await Stack(first).GetAsync<string>("met later"));

        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await Stack(first).GetAsync<string>("known"));
        Assert.Null(await Stack(second).GetAsync<string>("known"));
        Assert.Null(await Stack(second).GetAsync<string>("met later"));

        await using var firstAgain = Process(Embedded);
        await using var secondAgain = Process(Embedded);
        await Stack(firstAgain).SetAsync("new", "v", s_forever);
        Assert.Equal("v", await Stack(secondAgain).GetAsync<string>("new"));

        void Embedded(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock).UseEmbeddedMemcached(server);
    }

    [Fact]
    public async Task Keys_are_rotated_without_a_miss()
    {
        await using var process = Process(static services => services.UseEmbeddedMemcached());
        await Stack(process).SetAsync("k", "v", s_forever);

        SecuritySnippets.Rotate(process);

        Assert.Equal(2, process.GetRequiredService<IKeyManager>().GetAllKeys().Count);
        Assert.Equal("v", await Stack(process).GetAsync<string>("k"));
    }

    [Fact]
    public async Task One_customer_is_forgotten_and_no_other()
    {
        await using var caches = ScopedCacheTesting.Create("acme");
        var birch = caches.Factory.Create("birch").StackCache;
        await caches.StackCache.SetAsync("k", "v");
        await birch.SetAsync("k", "v");

        Assert.True(await SecuritySnippets.ForgetAsync(caches.Factory, CancellationToken.None));

        Assert.Null(await caches.StackCache.GetAsync<string>("k"));
        Assert.Equal("v", await birch.GetAsync<string>("k"));
    }

    [Fact]
    public async Task The_runbooks_last_line_empties_the_server()
    {
        await using var caches = ScopedCacheTesting.Create("birch");
        await caches.StackCache.SetAsync("k", "v");

        await OperationsSnippets.ClearAsync(caches.Factory, CancellationToken.None);

        Assert.Null(await caches.StackCache.GetAsync<string>("k"));
    }

    [Fact]
    public async Task A_cache_that_is_away_leaves_the_application_ready()
    {
        var builder = WebApplication.CreateBuilder(["--environment=Production", "--CACHE_HOST=127.0.0.1", "--CACHE_PORT=1"]);
        builder.WebHost.UseTestServer();
        builder.Services.AddMemcachedScopedCache();
        OperationsSnippets.HealthChecks(builder);
        await using var app = builder.Build();
        OperationsSnippets.HealthEndpoints(app);
        await app.StartAsync();
        using var client = app.GetTestClient();

        using var live = await client.GetAsync("/health/live");
        using var ready = await client.GetAsync("/health/ready");

        Assert.Equal((HttpStatusCode.OK, "Healthy"), (live.StatusCode, await live.Content.ReadAsStringAsync()));
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task What_was_moved_over_does_what_its_comments_say()
    {
        await using var caches = ScopedCacheTesting.Create();
        var (reports, store) = (new ReportStore(), new ProfileStore());
        Assert.Equal("rendered 1", await MovingSnippets.GetOrCreateAsync(caches, reports, CancellationToken.None));
        Assert.Equal("rendered 1", await MovingSnippets.GetOrCreateAsync(caches, reports, CancellationToken.None));
        Assert.True(await MovingSnippets.OfBothAsync(caches, new Report("May"), CancellationToken.None));

        var people = new People(caches, store);
        await people.GetByNameAsync("ana");
        await people.GetByNameAsync("ana");
        Assert.Equal(1, store.Loads);
        await people.GetByNameAsync("ana", force: true);
        await people.RenameAsync("ana", CancellationToken.None);
        await people.GetByNameAsync("ana");
        Assert.Equal(3, store.Loads);
    }

    [Fact]
    public async Task A_text_that_the_other_client_left_is_read_by_its_flags()
    {
        await using var process = Process(static services => services.UseEmbeddedMemcached());
        var client = process.GetRequiredService<IMemcachedClient>();
        await client.SetAsync("greeting", "hello"u8.ToArray(), flags: 274);
        Assert.Equal("hello", await MovingSnippets.ReadLeftoverAsync(client, CancellationToken.None));

        await client.SetAsync("greeting", "hello"u8.ToArray(), flags: 273);
        Assert.Null(await MovingSnippets.ReadLeftoverAsync(client, CancellationToken.None));
    }

    private static ICache Stack(ServiceProvider process) => process.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;

    /// <summary>The sizes of all items, as the server tells them, the smallest first; and then there are none.</summary>
    private static async Task AssertSizesAsync(RealMemcachedServer server, IMemcachedClient client, params int[] expected)
    {
        var sizes = new List<int>();
        foreach (var key in (await MemcachedDump.OfAsync(server)).Keys)
        {
            var line = Encoding.ASCII.GetString(await client.RawAsync("me " + key)).Trim();
            sizes.Add(int.Parse(line[(line.LastIndexOf('=') + 1)..], CultureInfo.InvariantCulture));
        }

        await client.FlushAllAsync();
        Assert.Equal(expected, sizes.Order());
    }

    private ServiceProvider Process(Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("my-bank").PersistKeysToFileSystem(_keys);
        services.AddMemcachedScopedCache();
        configure(services);
        return services.BuildServiceProvider();
    }
}
