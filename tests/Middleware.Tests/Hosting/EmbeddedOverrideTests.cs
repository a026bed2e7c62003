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
        Assert.Equal(2, used.Count);
        Assert.Equal(own, ReferenceEquals(server, used));
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

    private static WebApplication Build(Action<IServiceCollection> configure, string? server = "cache.invalid:11211")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("Cache:Servers", server)]);
        builder.WebHost.UseTestServer();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddMemcachedScopedCache();
        configure(builder.Services);
        return builder.Build();
    }
}
