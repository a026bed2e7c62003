using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Distributed;

namespace Provider.Tests.Distributed;

public sealed class RegistrationTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_cache_of_mvc_and_razor_pages_is_replaced_in_either_order(bool before, bool after)
    {
        using var server = new EmbeddedMemcached();
        var services = new ServiceCollection();
        AddPages(services, before);
        services.AddMemcachedCache(options => options.Embedded = server);
        AddPages(services, after);
        using var provider = services.BuildServiceProvider();

        Assert.IsType<MemcachedDistributedCache>(Assert.Single(provider.GetServices<IDistributedCache>()));
        Assert.Same(provider.GetRequiredService<IDistributedCache>(), provider.GetRequiredService<IBufferDistributedCache>());
    }

    [Fact]
    public async Task Adding_it_twice_adds_to_the_configuration_only()
    {
        using var server = new EmbeddedMemcached();
        var services = new ServiceCollection();
        services.AddMemcachedCache(options => (options.Embedded, options.Prefix) = (server, "first"));
        services.AddMemcachedCache(options => options.Prefix = "second");
        services.AddMemcachedCache();
        await using var provider = services.BuildServiceProvider();

        Assert.Single(provider.GetServices<IDistributedCache>());
        Assert.Single(provider.GetServices<IMemcachedClient>());
        Assert.Single(provider.GetServices<ISealedStore>());
        await provider.GetRequiredService<IDistributedCache>().SetAsync("key", [1]);
        Assert.Equal("second", provider.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<MemcachedOptions>>().CurrentValue.Prefix);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task Everything_registered_stands_on_one_server_and_one_connection()
    {
        using var server = new EmbeddedMemcached();
        var services = new ServiceCollection();
        services.AddMemcachedCache(options => options.Embedded = server);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IDistributedCache>().SetAsync("key", [1]);
        await provider.GetRequiredService<ISealedStore>().WriteAsync(new EntryScope("a", "stack", "", "").Entry("b"), 1, new EntryWrite());
        await provider.GetRequiredService<IMemcachedClient>().SetAsync("raw", new byte[1]);

        Assert.Equal(3, server.Count);
        Assert.Equal("1", (await provider.GetRequiredService<IMemcachedClient>().StatsAsync())["curr_connections"]);
    }

    private static void AddPages(IServiceCollection services, bool add)
    {
        if (add)
        {
            services.AddControllersWithViews();
            services.AddRazorPages();
        }
    }
}
