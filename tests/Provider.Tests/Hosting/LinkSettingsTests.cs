using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>The settings of TLS and authentication, and what is refused.</summary>
public sealed class LinkSettingsTests : IDisposable
{
    private static readonly (string, string?) s_server = ("Cache:Servers", "a");
    private static readonly (string, string?) s_enabled = ("Cache:Tls:Enabled", "true");

    private readonly TestCertificates _certificates = new();

    [Fact]
    public void All_of_tls_can_be_configured()
    {
        var client = _certificates.Client();
        var tls = Application.OptionsOf(
            code: null, s_server, s_enabled, ("Cache:Tls:CertificateAuthority", _certificates.AuthorityPath), ("Cache:Tls:ClientCertificate", client.Path),
            ("Cache:Tls:ClientKey", client.KeyPath), ("Cache:Tls:ServerName", "cache.test"), ("Cache:Tls:CheckRevocation", "true")).Tls;

        Assert.Equal(
            (true, _certificates.AuthorityPath, client.Path, client.KeyPath, "cache.test", true),
            (tls.Enabled, tls.CertificateAuthority, tls.ClientCertificate, tls.ClientKey, tls.ServerName, tls.CheckRevocation));
    }

    [Fact]
    public void Without_settings_there_is_no_tls_and_no_password()
    {
        var options = Application.OptionsOf(code: null, s_server);

        Assert.Equal((false, null, null, null), (options.Tls.Enabled, options.Tls.CertificateAuthority, options.Username, options.Password));
    }

    [Fact]
    public async Task Tls_that_is_set_up_and_not_switched_on_or_off_stops_the_start()
    {
        var refusal = await Application.RefusalOfAsync(s_server, ("Cache:Tls:CertificateAuthority", _certificates.AuthorityPath));

        Assert.Contains("'Cache:Tls:Enabled'", refusal, StringComparison.Ordinal);
        Assert.False(Application.OptionsOf(code: null, s_server, ("Cache:Tls:Enabled", "false"), ("Cache:Tls:CertificateAuthority", "/not/read")).Tls.Enabled);
    }

    [Theory]
    [InlineData("Cache:Tls:CertificateAuthorty", "ca.pem", "'Cache:Tls:CertificateAuthorty' is unknown")]
    [InlineData("Cache:Tls:Enabled", "on", "true and false")]
    [InlineData("Cache:Tls:CheckRevocation", "sometimes", "true and false")]
    [InlineData("Cache:Tls", "true", "Allowed is a section")]
    [InlineData("Cache:Tls:CertificateAuthority", "/nowhere/ca.pem", "'/nowhere/ca.pem' of the setting 'Cache:Tls:CertificateAuthority'")]
    [InlineData("Cache:Tls:ClientCertificate", "/nowhere/client.pem", "'Cache:Tls:ClientCertificate'")]
    [InlineData("Cache:Servers", "unix:/run/memcached.sock", "Unix-domain socket")]
    public async Task What_cannot_be_used_stops_the_start(string key, string value, string told)
    {
        (string Key, string?)[] settings = [s_server, s_enabled];
        var refusal = await Application.RefusalOfAsync([.. settings.Where(setting => !string.Equals(setting.Key, key, StringComparison.Ordinal)), (key, value)]);

        Assert.Contains(told, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_without_its_key_stops_the_start()
    {
        var client = _certificates.Client();
        Assert.Contains("ClientKey", await Application.RefusalOfAsync(s_server, s_enabled, ("Cache:Tls:ClientCertificate", client.Path)), StringComparison.Ordinal);

        using var keyless = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(client.Path);
        using var application = new Application([], options =>
        {
            options.Servers = [MemcachedEndpoint.Tcp("a")];
            options.Tls = new MemcachedTlsOptions { Enabled = true, Certificate = keyless };
        });
        Assert.Contains("has no private key", (await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_embedded_server_in_the_place_of_the_configured_ones_needs_no_certificates_and_no_password()
    {
        using var server = new EmbeddedMemcached();
        using var application = new Application(
            new(StringComparer.OrdinalIgnoreCase)
            {
                ["Cache:Servers"] = "a",
                ["Cache:Tls:Enabled"] = "true",
                ["Cache:Tls:CertificateAuthority"] = "/nowhere/ca.pem",
                ["Cache:Username"] = "cache",
                ["Cache:Password"] = "opensesame",
            },
            options => options.Embedded = server);
        await application.Host.StartAsync();

        Assert.True(await application.Client.SetAsync("key", "value"u8.ToArray()));
        Assert.Equal(1, server.Count);
        Assert.DoesNotContain(application.Log.Lines, static line => line.Id is >= 1000 and < 1100);
    }

    [Theory]
    [InlineData("cache", null, "'Cache:Password' is not set")]
    [InlineData(null, "opensesame", "'Cache:Username' is not set")]
    [InlineData("a cache", "opensesame", "without blanks, control characters and colons")]
    [InlineData("a:cache", "opensesame", "without blanks, control characters and colons")]
    [InlineData("cache", "open sesame", "without blanks and control characters")]
    [InlineData("cache", "opensesame\r\nflush_all", "without blanks and control characters")]
    [InlineData("cache", "opensesame\u0000", "without blanks and control characters")]
    public async Task Names_and_passwords_that_cannot_be_sent_stop_the_start_and_are_not_told(string? username, string? password, string told)
    {
        var refusal = await Application.RefusalOfAsync(s_server, ("Cache:Username", username), ("Cache:Password", password));

        Assert.Contains(told, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_too_long_stops_the_start()
    {
        var refusal = await Application.RefusalOfAsync(s_server, ("Cache:Username", "cache"), ("Cache:Password", new string('x', 246)));

        Assert.Contains("250 bytes together", refusal, StringComparison.Ordinal);
    }

    public void Dispose() => _certificates.Dispose();
}
