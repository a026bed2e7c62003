using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Hosting;

public sealed class RegistrationTests
{
    [Theory]
    [InlineData("Cache:DefaultLevel", "Session", "Stack and Service")]
    [InlineData("Cache:DefaultLevel", "0", "Stack and Service")]
    [InlineData("Cache:DefaultExpiration", "-1", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration", "soon", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration", "00:00:00", "a positive number of seconds")]
    [InlineData("Cache:CustomerClaim", " ", "not blank")]
    [InlineData("Cache:SessionClaim", "", "not blank")]
    public async Task A_bad_setting_is_a_startup_error_that_names_its_key_and_what_is_allowed(string key, string value, string allowed)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => TestApp.StartAsync(static _ => { }, settings: (key, value)));
        Assert.Contains($"'{key}'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("00:01:30", 90)]
    [InlineData("0", null)]
    public async Task The_default_expiration_is_seconds_or_a_time_or_zero_for_never(string value, int? seconds)
    {
        await using var app = await TestApp.StartAsync(static _ => { }, settings: ("Cache:DefaultExpiration", value));
        await app.App.Services.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache.SetAsync("a", 1);
        Assert.Equal(seconds is { } given ? TimeSpan.FromSeconds(given) : null, app.Store.LastWrite!.Life.Absolute);
    }

    [Fact]
    public async Task What_needs_the_caches_says_how_to_register_them()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/page", static () => "page").OutputCacheStack();
        var thrown = Assert.Throws<InvalidOperationException>(() => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints).ToList());
        Assert.Contains("AddMemcachedScopedCache()", thrown.Message, StringComparison.Ordinal);

        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().AddMemcached().Services.BuildServiceProvider();
        thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => services.GetRequiredService<HealthCheckService>().CheckHealthAsync());
        Assert.Contains("AddMemcachedScopedCache()", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Registering_twice_keeps_one_of_each_and_both_configurations()
    {
        var services = new ServiceCollection();
        services.AddMemcachedScopedCache(static options => options.Customer.FromClaim("bank"));
        var count = services.Count;
        services.AddMemcachedScopedCache(static options => options.DefaultLevel = StorageLevel.Service);
        Assert.Equal(count + 1, services.Count);
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<ScopedCacheOptions>>().Value;
        Assert.Equal(StorageLevel.Service, options.DefaultLevel);
        Assert.Contains("bank", options.Customer.Origin.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_that_is_registered_as_a_service_wins()
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/", static async (IScopedCache caches) => await caches.StackCache.SetAsync("a", 1)),
            build: static builder => builder.Services.AddSingleton<ICustomerKeyResolver, FixedResolver>());
        Assert.Equal("true", await app.GetAsync("/", "customer_key=other"));
        Assert.Equal("fixed", Assert.Single(app.Store.Addresses).Scope.Isolation);
    }

    [Fact]
    public void Using_the_middleware_without_the_services_says_what_to_add()
    {
        var app = WebApplication.CreateBuilder().Build();
        Assert.Contains("AddMemcachedScopedCache()", Assert.Throws<InvalidOperationException>(() => app.UseScopedCache()).Message, StringComparison.Ordinal);
    }

    private sealed class FixedResolver : ICustomerKeyResolver
    {
        public ValueTask<string?> ResolveAsync(HttpContext context) => new("fixed");
    }
}
