using Functions.Tests.Samples;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Functions.Tests;

/// <summary>Services whose interface says what is cached.</summary>
public sealed class InterfaceTests : IAsyncDisposable
{
    private static readonly User s_ana = new("ana");
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public ValueTask DisposeAsync() => _caches.DisposeAsync();

    [Fact]
    public async Task Who_injects_the_interface_gets_the_service_cached()
    {
        await using var services = Services();
        await using var scope = services.CreateAsyncScope();
        var directory = scope.ServiceProvider.GetRequiredService<IDirectory>();

        Assert.Equal(1, (await directory.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(1, (await directory.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(2, (await directory.GetProfileAsync(s_ana, fresh: true)).Calls);
        Assert.Equal(3, directory.NotCached());
        directory.Region = "south";
        Assert.Equal(4, (await directory.GetProfileAsync(s_ana)).Calls);
    }

    [Fact]
    public async Task Who_injects_the_companions_can_clear()
    {
        await using var services = Services();
        await using var scope = services.CreateAsyncScope();
        var (directory, cache) = (scope.ServiceProvider.GetRequiredService<IDirectory>(), scope.ServiceProvider.GetRequiredService<IDirectoryCache>());
        await directory.GetProfileAsync(s_ana);
        Assert.True((await cache.GetProfileCache.TryGetAsync(s_ana)).Found);
        await cache.GetProfileCache.ClearAsync(s_ana);

        Assert.Equal(2, (await directory.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(3, (await cache.GetProfileCache.RefreshAsync(s_ana)).Calls);
    }

    [Fact]
    public async Task Entries_are_shared_by_scopes_and_a_service_of_another_lifetime_is_wrapped_as_well()
    {
        await using var services = Services(ServiceLifetime.Singleton);
        for (var i = 0; i < 2; i++)
        {
            await using var scope = services.CreateAsyncScope();
            Assert.Equal(1, (await scope.ServiceProvider.GetRequiredService<IDirectory>().GetProfileAsync(s_ana)).Calls);
        }

        Assert.Equal(1, services.GetRequiredService<Samples.Directory>().Calls);
    }

    [Fact]
    public void An_interface_without_cached_functions_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddCached<IDisposable, TestScopedCache>());
        Assert.Contains("System.IDisposable", error.Message, StringComparison.Ordinal);
    }

    private ServiceProvider Services(ServiceLifetime lifetime = ServiceLifetime.Scoped) =>
        new ServiceCollection().AddScoped<IScopedCache>(_ => _caches.Factory.Create("acme")).AddCached<IDirectory, Samples.Directory>(lifetime)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
