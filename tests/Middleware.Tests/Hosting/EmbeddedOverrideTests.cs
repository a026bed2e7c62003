using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Hosting;

public sealed class EmbeddedOverrideTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_embedded_server_takes_the_place_of_the_configured_ones(bool own)
    {
        using var server = new EmbeddedMemcached();
        await using var app = Build(services => services.UseEmbeddedMemcached(own ? server : null));
        app.MapGet("/", static async (IScopedCache caches) => await caches.ServiceCache.GetOrCreateAsync("a", static _ => Task.FromResult("created")));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = app.GetTestClient();
        Assert.Equal("created", await client.GetStringAsync("/"));
        var used = app.Services.GetRequiredService<EmbeddedMemcached>();
        // The value, and the generation of its level.
        Assert.Equal(2, used.Count);
        Assert.Equal(own, ReferenceEquals(server, used));
    }

    [Theory]
    [InlineData("Null")]
    [InlineData("Distributed")]
    [InlineData("Memcached")]
    public async Task The_embedded_server_takes_the_place_of_a_configured_backend(string backend)
    {
        using var server = new EmbeddedMemcached();
        await using var app = Build(services => services.UseEmbeddedMemcached(server), backend: backend);
        await app.StartAsync(TestContext.Current.CancellationToken);

        await app.Services.GetRequiredService<IDistributedCache>().SetStringAsync("a", "b", TestContext.Current.CancellationToken);

        Assert.Equal(1, server.Count);
    }

    [Theory]
    [InlineData("Null", 3)]
    [InlineData("Distributed", 1)]
    public async Task The_scoped_caches_work_on_a_backend_without_memcached(string backend, int expectedRuns)
    {
        var runs = 0;
        await using var app = Build(
            static services => services.AddDistributedCacheBackend(static other => other.AddDistributedMemoryCache()), server: null, backend);
        app.MapGet("/", async (IScopedCache caches) => await caches.ServiceCache.GetOrCreateAsync("a", _ => Task.FromResult("created " + ++runs)));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = app.GetTestClient();

        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("created", await client.GetStringAsync("/"), StringComparison.Ordinal);
        }

        Assert.Equal(expectedRuns, runs);
    }

    [Fact]
    public async Task Outside_development_an_application_without_a_server_does_not_start()
    {
        await using var app = Build(static _ => { }, server: null);
        await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_scoped_caches_bring_the_distributed_cache()
    {
        await using var app = Build(static services => services.UseEmbeddedMemcached());
        var cache = app.Services.GetRequiredService<IDistributedCache>();
        await cache.SetStringAsync("a", "b", TestContext.Current.CancellationToken);
        Assert.Equal("b", await cache.GetStringAsync("a", TestContext.Current.CancellationToken));
    }

    private static WebApplication Build(Action<IServiceCollection> configure, string? server = "cache.invalid:11211", string? backend = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("Cache:Servers", server), new("Cache:Backend", backend)]);
        builder.WebHost.UseTestServer();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddMemcachedScopedCache();
        configure(builder.Services);
        return builder.Build();
    }
}
