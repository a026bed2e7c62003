using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Scopes;

public sealed class LevelTests
{
    [Theory]
    [InlineData("/plain", "Stack")]
    [InlineData("/endpoint", "Service")]
    [InlineData("/attribute", "Session")]
    [InlineData("/metadata", "Session")]
    [InlineData("/group/plain", "Service")]
    [InlineData("/group/own", "Stack")]
    [InlineData("/group/attribute", "Session")]
    [InlineData("/group/inner/plain", "Session")]
    [InlineData("/group/inner/own", "Stack")]
    public async Task The_most_specific_level_of_a_minimal_api_wins(string path, string level)
    {
        await using var app = await TestApp.StartAsync(static app =>
        {
            app.MapGet("/plain", LevelOf);
            app.MapGet("/endpoint", LevelOf).CacheLevel(StorageLevel.Service);
            app.MapGet("/attribute", [CacheLevel(StorageLevel.Session)] (IScopedCache caches) => LevelOf(caches));
            app.MapGet("/metadata", LevelOf).WithMetadata(new CacheLevelAttribute(StorageLevel.Session));
            var group = app.MapGroup("/group").CacheLevel(StorageLevel.Service);
            group.MapGet("/plain", LevelOf);
            group.MapGet("/own", LevelOf).CacheLevel(StorageLevel.Stack);
            group.MapGet("/attribute", [CacheLevel(StorageLevel.Session)] (IScopedCache caches) => LevelOf(caches));
            var inner = group.MapGroup("/inner").CacheLevel(StorageLevel.Session);
            inner.MapGet("/plain", LevelOf);
            inner.MapGet("/own", LevelOf).CacheLevel(StorageLevel.Stack);
        });
        Assert.Equal(level, await app.GetAsync(path));
    }

    [Theory]
    [InlineData("/levels/action", "Session")]
    [InlineData("/levels/controller", "Service")]
    [InlineData("/bare/action", "Stack")]
    [InlineData("/bare/controller", "Stack")]
    public async Task The_most_specific_level_of_a_controller_wins(string path, string level)
    {
        await using var app = await TestApp.StartAsync(static app => app.MapControllers(), build: static builder => builder.Services.AddControllers());
        Assert.Equal(level, await app.GetAsync(path));
    }

    [Theory]
    [InlineData("/group/levels/action", "Session")]
    [InlineData("/group/levels/controller", "Service")]
    [InlineData("/group/bare/action", "Session")]
    public async Task A_groups_level_counts_for_controllers_that_have_none(string path, string level)
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGroup("/group").CacheLevel(StorageLevel.Session).MapControllers(), build: static builder => builder.Services.AddControllers());
        Assert.Equal(level, await app.GetAsync(path));
    }

    [Theory]
    [InlineData("/levels/action", "Session")]
    [InlineData("/levels/controller", "Service")]
    [InlineData("/bare/action", "Service")]
    public async Task A_level_for_all_controllers_counts_only_for_those_that_have_none(string path, string level)
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapControllers().CacheLevel(StorageLevel.Service), build: static builder => builder.Services.AddControllers());
        Assert.Equal(level, await app.GetAsync(path));
    }

    [Fact]
    public async Task The_default_level_applies_where_nothing_else_does()
    {
        await using var app = await TestApp.StartAsync(
            static app =>
            {
                app.MapGet("/", LevelOf);
                app.MapGet("/own", LevelOf).CacheLevel(StorageLevel.Stack);
            },
            settings: ("Cache:DefaultLevel", "service"));
        Assert.Equal("Service", await app.GetAsync("/"));
        Assert.Equal("Stack", await app.GetAsync("/own"));
    }

    [Fact]
    public async Task The_session_level_is_never_a_default() =>
        Assert.Contains(
            "DefaultLevel",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => TestApp.StartAsync(static _ => { }, static options => options.DefaultLevel = StorageLevel.Session))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task The_cache_works_at_the_level_it_names()
    {
        await using var app = await TestApp.StartAsync(static app =>
        {
            app.MapGet("/stack", static async (IScopedCache caches) => await caches.Cache.SetAsync("a", 1));
            app.MapGet("/service", static async (IScopedCache caches) => await caches.Cache.SetAsync("a", 1)).CacheLevel(StorageLevel.Service);
        });
        await app.GetAsync("/stack", "customer_key=acme");
        await app.GetAsync("/service", "customer_key=acme");
        Assert.Equal(["service", "stack"], app.Store.Addresses.Select(static address => address.Scope.Level).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private static string LevelOf(IScopedCache caches) => caches.Cache.Level.ToString();
}

[ApiController]
[Route("levels")]
[CacheLevel(StorageLevel.Service)]
public sealed class LevelsController(IScopedCache caches) : ControllerBase
{
    [HttpGet("action")]
    [CacheLevel(StorageLevel.Session)]
    public string Action() => caches.Cache.Level.ToString();

    [HttpGet("controller")]
    public string Controller() => caches.Cache.Level.ToString();
}

[ApiController]
[Route("bare")]
public sealed class BareController(IScopedCache caches) : ControllerBase
{
    [HttpGet("action")]
    public string Action() => caches.Cache.Level.ToString();

    [HttpGet("controller")]
    public string Controller() => caches.Cache.Level.ToString();
}
