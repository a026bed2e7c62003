using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>Commands that are not complete, as an application's own command line may send them.</summary>
public sealed class CacheCommandsTests
{
    [Fact]
    public async Task What_is_not_complete_is_refused_with_a_reason()
    {
        await using var app = await InspectorApp.StartAsync();
        var whole = new ScopedCacheCommand(ScopedCacheAction.Set) { Customer = "acme", Key = "a", Value = "x" };

        await RefusedAsync(whole with { Level = (StorageLevel)7 }, "level is stack, session or service");
        await RefusedAsync(whole with { Action = (ScopedCacheAction)99 }, "no such command");
        await RefusedAsync(whole with { Key = null }, "key");
        await RefusedAsync(whole with { Value = null }, "value");
        await RefusedAsync(whole with { Customer = null }, "customer");
        await RefusedAsync(whole with { Expiration = TimeSpan.Zero }, "68 years");
        await RefusedAsync(whole with { Expiration = TimeSpan.MaxValue }, "68 years");
        await RefusedAsync(whole with { IsJson = true }, "not JSON");

        async Task RefusedAsync(ScopedCacheCommand command, string reason)
        {
            var result = await app.App.Services.GetRequiredService<IScopedCacheCommands>().RunAsync(command);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(reason, result.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_empty_list_of_keys_says_why()
    {
        await using var alone = await InspectorApp.StartAsync();
        await using var off = await InspectorApp.StartAsync(caches: static options => options.RecentKeys = 0);

        Assert.Contains("Cache:RecentKeysPath", await ListAsync(alone), StringComparison.Ordinal);
        Assert.Contains("Cache:RecentKeys ", await ListAsync(off), StringComparison.Ordinal);
        await alone.Caches.Create("acme").StackCache.SetAsync("a", "x", TimeSpan.FromMinutes(5));
        Assert.Equal("No recently used key contains that text.", await ListAsync(alone, "b"));

        static async Task<string> ListAsync(InspectorApp app, string? search = null)
        {
            var result = await app.App.Services.GetRequiredService<IScopedCacheCommands>().RunAsync(new ScopedCacheCommand(ScopedCacheAction.Keys) { Key = search });
            Assert.Equal(1, result.ExitCode);
            return result.Text;
        }
    }
}
