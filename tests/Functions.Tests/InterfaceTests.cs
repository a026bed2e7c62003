using Functions.Tests.Samples;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

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

    [Fact]
    public void Functions_without_caches_say_what_is_not_registered()
    {
        using var services = new ServiceCollection().AddSingleton<QuotesCount>().AddCached<IQuotes, Quotes>().BuildServiceProvider();
        using var scope = services.CreateScope();
        var error = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<IQuotes>());
        Assert.Contains("AddMemcachedScopedCache()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refresh_in_the_background_uses_a_service_of_its_own_scope()
    {
        var clock = new FakeClock();
        using var server = new EmbeddedMemcached(timeProvider: clock);
        await using var services = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddMemcachedScopedCache().UseEmbeddedMemcached(server)
            .AddDataProtection().UseEphemeralDataProtectionProvider().Services
            .AddScoped(static provider => provider.GetRequiredService<IScopedCacheFactory>().Create("acme"))
            .AddSingleton<QuotesCount>().AddCached<IQuotes, Quotes>().BuildServiceProvider();

        Assert.Equal("1 by 1", await InAScopeAsync(static (quotes, _) => quotes.PlainAsync(1)));
        var first = await InAScopeAsync(static (quotes, _) => quotes.QuoteAsync(1));
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(first, await InAScopeAsync(static (quotes, _) => quotes.QuoteAsync(1)));

        await Eventually.TrueAsync(async () => await InAScopeAsync(static async (_, cache) => (await cache.QuoteCache.TryGetAsync(1)).Value!) != first);

        async Task<string> InAScopeAsync(Func<IQuotes, IQuotesCache, Task<string>> act)
        {
            await using var scope = services.CreateAsyncScope();
            return await act(scope.ServiceProvider.GetRequiredService<IQuotes>(), scope.ServiceProvider.GetRequiredService<IQuotesCache>());
        }
    }

    private ServiceProvider Services(ServiceLifetime lifetime = ServiceLifetime.Scoped) =>
        new ServiceCollection().AddScoped<IScopedCache>(_ => _caches.Factory.Create("acme")).AddCached<IDirectory, Samples.Directory>(lifetime)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
