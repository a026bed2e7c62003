using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

public sealed class ServerSettingsTests
{
    [Fact]
    public void Servers_are_told_as_one_text_a_comma_list_or_an_array()
    {
        Assert.Equal("a:11211", Application.ServersOf(("Cache:Servers", "a")));
        Assert.Equal("a:1234", Application.ServersOf(("Cache:Servers", " a:1234 , ")));
        Assert.Equal("a:11211", Application.ServersOf(("Cache:Servers:0", "a")));
        Assert.Equal("unix:/run/m.sock", Application.ServersOf(("Cache:Servers:0", "unix:/run/m.sock")));
    }

    [Fact]
    public void Several_servers_are_read_with_their_weights()
    {
        Assert.Equal("a:11211,b:5", Application.ServersOf(("Cache:Servers", "a, b:5")));
        Assert.Equal("a:11211,unix:/run/b.sock", Application.ServersOf(("Cache:Servers:0", "a"), ("Cache:Servers:1", "unix:/run/b.sock")));

        var weighted = Application.OptionsOf(code: null, ("Cache:Servers:0:Address", "a"), ("Cache:Servers:0:Weight", "3"), ("Cache:Servers:1", "b"));
        Assert.Equal([3, 1], weighted.Servers.Select(server => server.Weight));
    }

    [Theory]
    [InlineData("'Cache:Servers:0:Weight' is '0'", "Cache:Servers:0:Address=a", "Cache:Servers:0:Weight=0")]
    [InlineData("'Cache:Servers:0:Weight' is '101'", "Cache:Servers:0:Address=a", "Cache:Servers:0:Weight=101")]
    [InlineData("'Cache:Servers' names a:11211 more than once", "Cache:Servers=a, b, A:11211")]
    [InlineData("too little compared with the others", "Cache:Servers:0:Address=a", "Cache:Servers:0:Weight=100", "Cache:Servers:1=b")]
    [InlineData("'Cache:OnDeadServer' is 'Panic'. Allowed are Miss, NextServer", "Cache:Servers=a, b", "Cache:OnDeadServer=Panic")]
    [InlineData("'Cache:FailoverLife' is 0.5 s. Allowed are 1 to 300 seconds", "Cache:Servers=a, b", "Cache:FailoverLife=0.5")]
    [InlineData("'Cache:Discovery' is 'Consul'. Allowed are None, Dns", "Cache:Servers=a", "Cache:Discovery=Consul")]
    [InlineData("'Cache:DiscoveryInterval' is 0.1 s. Allowed are 1 to 3600 seconds", "Cache:Servers=a", "Cache:DiscoveryInterval=0.1")]
    [InlineData("'Cache:Servers:0:Weigth' is unknown. Allowed are Address, Port, Weight", "Cache:Servers:0:Address=a", "Cache:Servers:0:Weigth=2", "Cache:Servers:1=b")]
    [InlineData("'Cache:Servers:0:Weight:Of' is unknown", "Cache:Servers:0:Address=a", "Cache:Servers:0:Weight:Of=2")]
    [InlineData("'Cache:Servers:0:Weight' is not read", "Cache:Servers:0=a", "Cache:Servers:0:Weight=2")]
    public async Task What_cannot_be_used_of_several_servers_is_refused_with_what_is_allowed(string told, params string[] settings)
    {
        var pairs = settings.Select(static setting => setting.Split('=', 2)).Select(static pair => (pair[0], (string?)pair[1])).ToArray();

        Assert.Contains(told, await Application.RefusalOfAsync(pairs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shape_of_enyim_memcached_is_read()
    {
        Assert.Equal("a:1234", Application.ServersOf(("Cache:Servers:0:Address", "a"), ("Cache:Servers:0:Port", "1234")));
        Assert.Equal("a:11211", Application.ServersOf(("Cache:Servers:0:Address", "a")));
        Assert.Contains("'Cache:Servers:0:Port' is 'x'", await Application.RefusalOfAsync(("Cache:Servers:0:Address", "a"), ("Cache:Servers:0:Port", "x")), StringComparison.Ordinal);
        var refusal = await Application.RefusalOfAsync(("Cache:Servers:0:Adress", "a"));
        Assert.Contains("Cache:Servers:0", refusal, StringComparison.Ordinal);
        Assert.Contains("Allowed are", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_and_port_are_read()
    {
        Assert.Equal("a:11211", Application.ServersOf(("Cache:Host", "a")));
        Assert.Equal("a:1234", Application.ServersOf(("Cache:Host", "a"), ("Cache:Port", "1234")));
        Assert.Equal("b:1234", Application.ServersOf(("Cache:Servers", "b"), ("Cache:Host", "a"), ("Cache:Port", "1234")));
    }

    [Fact]
    public void The_connection_string_wins_over_the_section()
    {
        Assert.Equal("c:7", Application.ServersOf(("ConnectionStrings:cache", "c:7"), ("Cache:Servers", "a"), ("Cache:Host", "b")));
    }

    [Fact]
    public void The_environment_wins_over_connection_string_and_section()
    {
        Assert.Equal("e:11211", Application.ServersOf(("CACHE_HOST", "e"), ("ConnectionStrings:cache", "c:7"), ("Cache:Servers", "a")));
        Assert.Equal("e:99", Application.ServersOf(("CACHE_HOST", "e"), ("CACHE_PORT", "99"), ("Cache:Port", "7")));
        Assert.Equal("e:7", Application.ServersOf(("CACHE_HOST", "e:7"), ("CACHE_PORT", "99")));
    }

    [Fact]
    public void A_port_alone_of_the_environment_wins_over_the_sections()
    {
        Assert.Equal("a:99", Application.ServersOf(("CACHE_PORT", "99"), ("Cache:Host", "a"), ("Cache:Port", "7")));
        Assert.Equal("a:99", Application.ServersOf(("CACHE_PORT", "99"), ("Cache:Servers", "a")));
    }

    [Fact]
    public void What_kubernetes_sets_for_a_service_called_cache_is_understood()
    {
        Assert.Equal("10.0.0.7:11222", Application.ServersOf(("CACHE_PORT", "tcp://10.0.0.7:11222")));
        Assert.Equal("e:11222", Application.ServersOf(("CACHE_HOST", "e"), ("CACHE_PORT", "tcp://10.0.0.7:11222")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("memcached")]
    [InlineData("tcp://")]
    [InlineData("tcp://10.0.0.7")]
    [InlineData("udp://10.0.0.7:1")]
    public async Task A_port_of_the_environment_that_is_none_stops_the_start_by_its_name(string port)
    {
        var refusal = await Application.RefusalOfAsync(("CACHE_PORT", port), ("Cache:Servers", "a"));

        Assert.Contains($"CACHE_PORT is '{port}'", refusal, StringComparison.Ordinal);
        Assert.Contains("Allowed are ports from 1 to 65535", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CACHE_HOST")]
    [InlineData("Cache:Servers")]
    [InlineData("Cache:Servers:0")]
    [InlineData("Cache:Host")]
    [InlineData("ConnectionStrings:cache")]
    public async Task A_server_that_is_none_stops_the_start_by_the_settings_name(string key)
    {
        var refusal = await Application.RefusalOfAsync((key, "no server"));

        Assert.Contains($"'{key}'", refusal, StringComparison.Ordinal);
        Assert.Contains("'no server'", refusal, StringComparison.Ordinal);
        Assert.Contains("Allowed are", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_wins_over_the_environment_wherever_it_stands()
    {
        static void Code(MemcachedOptions options) => options.Servers = [MemcachedEndpoint.Tcp("code")];
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["CACHE_HOST"] = "e", ["Cache:Prefix"] = "file" };

        using var argument = new Application(settings, Code);
        using var before = new Application(settings, before: services => services.Configure<MemcachedOptions>(Code));

        Assert.Equal("code:11211", Assert.Single(argument.Options.Servers).ToString());
        Assert.Equal("code:11211", Assert.Single(before.Options.Servers).ToString());
        Assert.Equal("file", before.Options.Prefix);
    }

    [Fact]
    public void Real_environment_variables_are_read_through_the_configuration()
    {
        var prefix = "T" + Guid.NewGuid().ToString("N") + "_";
        Environment.SetEnvironmentVariable(prefix + "CACHE_HOST", "from-the-environment");
        Environment.SetEnvironmentVariable(prefix + "Cache__Timeout", "7");
        try
        {
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("Cache:Timeout", "3")]);
            builder.Configuration.AddEnvironmentVariables(prefix);
            builder.Services.AddMemcachedCache();
            using var host = builder.Build();
            var options = host.Services.GetRequiredService<IOptionsMonitor<MemcachedOptions>>().CurrentValue;

            Assert.Equal("from-the-environment:11211", Assert.Single(options.Servers).ToString());
            Assert.Equal(TimeSpan.FromSeconds(7), options.Timeout);
        }
        finally
        {
            Environment.SetEnvironmentVariable(prefix + "CACHE_HOST", null);
            Environment.SetEnvironmentVariable(prefix + "Cache__Timeout", null);
        }
    }
}
