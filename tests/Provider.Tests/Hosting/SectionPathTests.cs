using System.Globalization;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>What is told about a cache with a name is told by the settings of its own section.</summary>
public sealed class SectionPathTests : IDisposable
{
    private readonly EmbeddedMemcached _plain = new();
    private readonly TestCertificates _certificates = new();

    [Theory]
    [InlineData("'Caches:reports:Tls:Enable' is unknown", "Tls:Enable=true")]
    [InlineData("'Caches:reports:Tls' is a single value", "Tls=true")]
    [InlineData("'Caches:reports:Tls:Enabled'", "Tls:ServerName=a")]
    [InlineData("of the setting 'Caches:reports:Tls:CertificateAuthority'", "Tls:Enabled=true", "Tls:CertificateAuthority=/nowhere/ca.pem")]
    [InlineData("'Caches:reports:Fallback:Server' is unknown", "Fallback:Server=a")]
    [InlineData("'Caches:reports:Fallback:Timeout'", "Fallback:Timeout=0.001")]
    [InlineData("'Caches:reports:Servers:1:Weigth' is unknown", "Servers:1:Weigth=2")]
    [InlineData("'Caches:reports:Timeout' is 'soon'", "Timeout=soon")]
    [InlineData("'Caches:reports:ConnectionsPerServer' is '17'", "ConnectionsPerServer=17")]
    [InlineData("'Caches:reports:Password' is not set, but the other one of 'Caches:reports:Username'", "Username=a")]
    [InlineData("Set 'Caches:reports:Servers' (for example \"memcached:11211\"); or 'Caches:reports:Backend' = 'Null'", "Servers:0=")]
    [InlineData("'Caches:reports:Backend' is 'Nobody'", "Backend=Nobody")]
    public async Task What_stops_the_start_names_the_setting_in_the_caches_own_section(string told, params string[] settings)
    {
        using var application = Start([("Servers:0", "a"), .. settings.Select(static setting => setting.Split('=', 2)).Select(static pair => (pair[0], pair[1]))]);

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());

        Assert.True(fault is OptionsValidationException or MemcachedConfigurationException, fault.ToString());
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'Cache:", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Refuse", "'Caches:reports:LargeValues'")]
    [InlineData("Chunk", "'Caches:reports:MaxValueSize'")]
    public async Task A_value_that_is_too_large_names_them_too(string largeValues, string told)
    {
        using var application = Start([("Backend", "Embedded"), ("LargeValues", largeValues), ("MaxValueSize", "2000000"), ("Compress", "false")]);
        var cache = application.Host.Services.GetRequiredKeyedService<IDistributedCache>("reports");
        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => cache.SetAsync("key", new byte[3_000_000], new DistributedCacheEntryOptions()));
        var raw = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(() => ClientOf(application).SetAsync("key", new byte[3_000_000]).AsTask());

        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:ItemSizeLimit'", raw.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'Cache:", fault.Message + raw.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_does_the_raw_client_where_there_is_no_memcached()
    {
        using var application = Start([("Backend", "Null")]);

        Assert.Contains("'Caches:reports:Backend' is 'Null'", Assert.Throws<MemcachedConfigurationException>(() => ClientOf(application)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_refused_missing_or_not_asked_for_names_them_too()
    {
        await using var guarded = await RealMemcachedServer.StartAsync("-Y", _certificates.Write("users", "cache:opensesame\n"));
        await using var open = await RealMemcachedServer.StartAsync();
        using var wrong = Start([At(guarded), ("Username", "cache"), ("Password", "wrong")]);
        using var missing = Start([At(guarded)]);
        using var needless = Start([At(open), ("Username", "cache"), ("Password", "opensesame")]);
        var refused = await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => ClientOf(wrong).GetAsync("key").AsTask());
        var none = await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => ClientOf(missing).GetAsync("key").AsTask());
        await ClientOf(needless).GetAsync("key");

        Assert.Contains("'Caches:reports:Username' and 'Caches:reports:Password'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:Username' and 'Caches:reports:Password'", none.Message, StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:Username' and 'Caches:reports:Password'", Assert.Single(needless.Log.Lines, static line => line.Id == 1051).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_under_tls_that_does_not_come_about_names_them_too()
    {
        await using var another = await RealMemcachedServer.StartAsync(_certificates.ServerArguments(_certificates.Server(name: "another.test")));
        (string, string)[] tls = [At(another), ("Tls:Enabled", "true"), ("Tls:CertificateAuthority", _certificates.AuthorityPath)];
        using var distrusting = Start(tls);
        using var plain = Start([At(another)]);
        var untrusted = await Assert.ThrowsAsync<MemcachedTlsException>(() => ClientOf(distrusting).GetAsync("key").AsTask());
        var closed = await Assert.ThrowsAsync<MemcachedConnectionException>(() => ClientOf(plain).GetAsync("key").AsTask());

        Assert.Contains("'Caches:reports:Tls:ServerName'", untrusted.Message, StringComparison.Ordinal);
        Assert.Contains("'Caches:reports:Tls:Enabled'", closed.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _plain.Dispose();
        _certificates.Dispose();
    }

    private static (string Key, string Value) At(RealMemcachedServer server) => ("Servers:0", string.Create(CultureInfo.InvariantCulture, $"{server.Host}:{server.Port}"));

    private static IMemcachedClient ClientOf(Application application) => application.Host.Services.GetRequiredKeyedService<IMemcachedClient>("reports");

    // The last value of a key counts; an empty one leaves it out.
    private Application Start(IEnumerable<(string Key, string Value)> settings)
    {
        var section = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Caches:reports:ConnectTimeout"] = "20", ["Caches:reports:Timeout"] = "20" };
        foreach (var (key, value) in settings)
        {
            section["Caches:reports:" + key] = value;
        }

        foreach (var (key, _) in section.Where(static setting => setting.Value is "").ToArray())
        {
            section.Remove(key);
        }

        return new Application(section, options => options.Embedded = _plain, before: static services => services.AddKeyedMemcachedCache("reports"));
    }
}
