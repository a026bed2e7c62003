using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

public sealed class StartTests
{
    private static readonly EntryAddress s_address = Addresses.Scope("bank-q").Entry("account:q1");

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task Outside_development_an_application_without_a_server_does_not_start_and_says_what_to_set(string environment)
    {
        using var application = new Application([], environment: environment);

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.Contains("Cache:Servers", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CACHE_HOST", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:cache", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_development_the_embedded_server_is_used_and_said_so()
    {
        using var application = new Application([], environment: "Development");
        await application.Host.StartAsync();

        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.True((await application.Sealed.ReadAsync<int>(s_address)).Found);
        Assert.Single(application.Log.Lines, line => line.Id == 1301);
    }

    [Fact]
    public void In_development_a_configured_server_is_used_all_the_same()
    {
        using var application = new Application(new(StringComparer.Ordinal) { ["Cache:Servers"] = "a" }, environment: "Development");

        _ = application.Sealed;

        Assert.DoesNotContain(application.Log.Lines, line => line.Id == 1301);
    }

    [Fact]
    public async Task The_prefix_is_the_applications_name_unless_set()
    {
        using var server = new EmbeddedMemcached();
        using var application = new Application([], options => options.Embedded = server);
        await application.Host.Services.GetRequiredService<Microsoft.Extensions.Caching.Distributed.IDistributedCache>()
            .SetAsync("key", [1], new(), TestContext.Current.CancellationToken);

        var address = new EntryScope("the-shop", "distributed", "", "").Entry("key");

        Assert.True((await application.Client.GetAsync(address.Wire())).Found);
    }

    [Fact]
    public void Without_a_host_and_a_configuration_code_alone_configures_it()
    {
        using var server = new EmbeddedMemcached();
        using var provider = new ServiceCollection().AddMemcachedCache(options => options.Embedded = server).BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredService<ISealedStore>());
    }

    [Fact]
    public async Task Health_follows_the_server()
    {
        var server = new EmbeddedMemcached();
        using var application = new Application([], options => options.Embedded = server);
        var health = application.Host.Services.GetRequiredService<HealthCheckService>();

        var healthy = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, healthy.Status);
        Assert.StartsWith("memcached 1.", healthy.Entries["memcached"].Description, StringComparison.Ordinal);
        server.Dispose();

        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task Health_is_what_it_was_asked_to_be_when_the_server_is_away()
    {
        using var nobody = new RefusingPort();
        using var application = new Application(
            [],
            options => (options.Servers, options.Prefix) = ([nobody.Endpoint], "bank-q"),
            before: services => services.AddHealthChecks().AddMemcached("lenient", HealthStatus.Degraded));

        var report = await application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(HealthStatus.Degraded, report.Entries["lenient"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["memcached"].Status);
    }

    [Fact]
    public async Task The_server_of_the_callers_own_is_left_alone_at_the_end()
    {
        using var server = new EmbeddedMemcached();
        using (var first = new Application([], options => options.Embedded = server))
        {
            await first.Client.SetAsync("key", new byte[1]);
        }

        using var second = new Application([], options => options.Embedded = server);
        Assert.True((await second.Client.GetAsync("key")).Found);
    }
}
