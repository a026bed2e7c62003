using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Hosting;

public sealed class PolicySectionTests
{
    [Fact]
    public void A_named_policy_is_the_default_one_with_what_its_section_says()
    {
        using var services = Start(
            ("Cache:Policies:users:Expiration", "00:10:00"),
            ("Cache:Policies:users:SlidingExpiration", "90"),
            ("Cache:Policies:users:StaleFor", "300"),
            ("Cache:Policies:users:RefreshAhead", "60"),
            ("Cache:Policies:users:Jitter", "0.5"),
            ("Cache:Policies:users:LocalFor", "10"),
            ("Cache:Policies:users:FactorySoftTimeout", "1"),
            ("Cache:Policies:users:FactoryHardTimeout", "2"),
            ("Cache:Policies:users:LeaseTime", "3"),
            ("Cache:Policies:users:NullExpiration", "4"),
            ("Cache:Policies:users:OncePerRequest", "false"),
            ("Cache:Policies:users:Encrypt", "true"),
            ("Cache:Policies:users:Compress", "false"),
            ("Cache:Policies:users:FireAndForget", "true"),
            ("Cache:Policies:users:Tags", "people, staff"),
            ("Cache:Policies:forever:Expiration", "0"),
            ("Cache:Policies:forever:Tags:0", "a"),
            ("Cache:Policies:forever:Tags:1", "b"));

        var users = services.Policy("users");

        Assert.Equal(TimeSpan.FromMinutes(10), users.Expiration);
        Assert.Equal(TimeSpan.FromSeconds(90), users.SlidingExpiration);
        Assert.Equal(TimeSpan.FromMinutes(5), users.StaleFor);
        Assert.Equal(TimeSpan.FromMinutes(1), users.RefreshAhead);
        Assert.Equal(TimeSpan.FromSeconds(0.5), users.Jitter);
        Assert.Equal(TimeSpan.FromSeconds(10), users.LocalFor);
        Assert.Equal(TimeSpan.FromSeconds(1), users.FactorySoftTimeout);
        Assert.Equal(TimeSpan.FromSeconds(2), users.FactoryHardTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3), users.LeaseTime);
        Assert.Equal(TimeSpan.FromSeconds(4), users.NullExpiration);
        Assert.False(users.OncePerRequest);
        Assert.True(users.Encrypt);
        Assert.False(users.Compress);
        Assert.True(users.FireAndForget);
        Assert.Equal(["people", "staff"], users.Tags);
        Assert.Null(services.Policy("forever").Expiration);
        Assert.Equal(["a", "b"], services.Policy("forever").Tags);
        Assert.Equal(CachePolicy.Default.LeaseTime, services.Policy("forever").LeaseTime);
    }

    [Theory]
    [InlineData("Cache:Policies:users:Expiration", "soon", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:Expiration", "-1", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:Expiration", "24:00:00", "a day is 1.00:00:00, or 86400")]
    [InlineData("Cache:Policies:users:LocalFor", "05:00", "a day is 1.00:00:00, or 86400")]
    [InlineData("Cache:Policies:users:StaleFor", "-Infinity", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:StaleFor", "Infinity", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:Jitter", "1e300", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:Jitter", "NaN", "a positive number of seconds")]
    [InlineData("Cache:Policies:users:Jitter", "3000000000", "up to 24855 days")]
    [InlineData("Cache:Policies:users:Jitter", "24856.00:00:00", "up to 24855 days")]
    [InlineData("Cache:DefaultExpiration", "24:00:00", "a day is 1.00:00:00, or 86400")]
    [InlineData("Cache:DefaultExpiration", "05:00", "0 for never")]
    [InlineData("Cache:DefaultExpiration", "-Infinity", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration", "1e300", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration", "0.00000001", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration", "00:00:00", "a positive number of seconds")]
    [InlineData("Cache:DefaultExpiration:Seconds", "600", "is unknown")]
    [InlineData("Cache:Policies", "users", "a section for each")]
    [InlineData("Cache:Policies:users", "600", "a section with")]
    [InlineData("Cache:Policies:users:Expiration:Seconds", "600", "FactorySoftTimeout")]
    [InlineData("Cache:Policies:users:StaleFor", "0", "must be positive")]
    [InlineData("Cache:Policies:users:LeaseTime", "0.5", "one second or more")]
    [InlineData("Cache:Policies:users:OncePerRequest", "yes", "true and false")]
    [InlineData("Cache:Policies:users:Expires", "1", "FactorySoftTimeout")]
    [InlineData("Cache:LocalSizeLimit", "many", "whole numbers of bytes")]
    [InlineData("Cache:LocalSizeLimit", "-1", "whole numbers of bytes")]
    [InlineData("Cache:GenerationPoll", "often", "true and false")]
    public async Task A_bad_setting_is_a_startup_error_that_names_its_key_and_what_is_allowed(string key, string value, string allowed)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => TestApp.StartAsync(static _ => { }, settings: (key, value)));
        Assert.Contains($"'{key}'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("30.12:00:00.5", 2635200.5)]
    [InlineData("5:00:00", 18000)]
    [InlineData("00:00:00.25", 0.25)]
    [InlineData("86400", 86400)]
    public void Durations_may_have_days_and_fractions(string text, double seconds)
    {
        using var services = Start(("Cache:DefaultExpiration", text), ("Cache:Policies:users:Expiration", text));

        Assert.Equal(TimeSpan.FromSeconds(seconds), services.Policy("users").Expiration);
        Assert.Equal(TimeSpan.FromSeconds(seconds), services.DefaultPolicy.Expiration);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    public void Zero_as_a_number_is_never(string text)
    {
        using var services = Start(("Cache:DefaultExpiration", text), ("Cache:Policies:users:Expiration", text));

        Assert.Null(services.Policy("users").Expiration);
        Assert.Null(services.DefaultPolicy.Expiration);
    }

    [Fact]
    public void Policies_of_code_win_and_an_unknown_name_tells_the_known_ones()
    {
        using var services = Start(
            static options => options.Policies["users"] = CachePolicy.For(TimeSpan.FromSeconds(7)),
            ("Cache:Policies:users:Expiration", "600"),
            ("Cache:Policies:rates:Expiration", "600"));

        Assert.Equal(TimeSpan.FromSeconds(7), services.Policy("users").Expiration);
        var thrown = Assert.Throws<ArgumentException>("name", () => services.Policy("user"));
        Assert.Contains("rates, users", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_follows_the_configuration_at_run_time_unless_the_change_is_bad()
    {
        using var services = Start(("Cache:Policies:users:Expiration", "600"), ("Cache:DefaultExpiration", "60"));
        Assert.Equal(TimeSpan.FromMinutes(10), services.Policy("users").Expiration);

        services.Change("Cache:Policies:users:Expiration", "30");
        Assert.Equal(TimeSpan.FromSeconds(30), services.Policy("users").Expiration);

        services.Change("Cache:Policies:users:Expiration", "whenever");
        Assert.Equal(TimeSpan.FromSeconds(30), services.Policy("users").Expiration);

        services.Change("Cache:Policies:users:Expiration", "40");
        Assert.Equal(TimeSpan.FromSeconds(40), services.Policy("users").Expiration);
    }

    private static Services Start(params (string Key, string? Value)[] settings) => Start(static _ => { }, settings);

    private static Services Start(Action<ScopedCacheOptions> configure, params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Build();
        var clock = new FakeClock();
        var provider = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddMemcachedScopedCache(configure)
            .AddDouble(new InMemorySealedStore(clock), clock)
            .BuildServiceProvider();
        return new Services(provider, configuration);
    }

    private sealed class Services(ServiceProvider provider, IConfigurationRoot configuration) : IDisposable
    {
        public CachePolicy Policy(string name) => provider.GetRequiredService<IScopedCacheFactory>().Create("acme").GetPolicy(name);

        public CachePolicy DefaultPolicy => provider.GetRequiredService<IOptions<ScopedCacheOptions>>().Value.DefaultPolicy;

        public void Change(string key, string value)
        {
            configuration[key] = value;
            configuration.Reload();
        }

        public void Dispose() => provider.Dispose();
    }
}
