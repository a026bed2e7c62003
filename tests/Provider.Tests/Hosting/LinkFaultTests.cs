using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Hosting;

/// <summary>What an application notices of a link that cannot come about as it is set up.</summary>
public sealed class LinkFaultTests : IDisposable
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");

    private readonly TestCertificates _certificates = new();

    [Fact]
    public async Task A_wrong_password_is_misses_an_error_told_once_and_the_health_checks_description()
    {
        await using var server = await RealMemcachedServer.StartAsync("-Y", _certificates.Write("users", "cache:opensesame\n"));
        using var application = new Application(Settings(server, ("Cache:Username", "cache"), ("Cache:Password", "wrong")));

        for (var time = 0; time < 20; time++)
        {
            Assert.Equal(ReadOutcome.Unavailable, (await application.Sealed.ReadAsync<int>(s_address)).Outcome);
            Assert.Equal(WriteOutcome.Unavailable, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
            await Task.Delay(20);
        }

        await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => application.Client.GetAsync("key").AsTask());
        var health = await HealthOfAsync(application);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Equal(nameof(MemcachedAuthenticationException), health.Data["fault"]);
        Assert.Contains("refused the user name and the password", health.Description, StringComparison.Ordinal);
        var line = Assert.Single(application.Log.Lines, static line => line.Id is >= 1000 and < 1100);
        Assert.Equal((1050, LogLevel.Error), (line.Id, line.Level));
        Assert.Contains("'Cache:Password'", line.Text, StringComparison.Ordinal);
        Assert.All(application.Log.Lines, static line => Assert.DoesNotContain("wrong", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_that_is_put_right_while_the_application_runs_is_used_at_once()
    {
        await using var server = await RealMemcachedServer.StartAsync("-Y", _certificates.Write("users", "cache:opensesame\n"));
        using var application = new Application(Settings(server, ("Cache:Username", "cache"), ("Cache:Password", "wrong")));
        await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => application.Client.GetAsync("key").AsTask());

        application.Change(("Cache:Password", "opensesame"));

        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.Equal(HealthStatus.Healthy, (await HealthOfAsync(application)).Status);
    }

    [Fact]
    public async Task Tls_that_is_switched_on_while_the_application_runs_is_used_at_once()
    {
        await using var server = await RealMemcachedServer.StartAsync(_certificates.ServerArguments(_certificates.Server()));
        using var application = new Application(Settings(server));
        await Assert.ThrowsAsync<MemcachedConnectionException>(() => application.Client.GetAsync("key").AsTask());

        application.Change(("Cache:Tls:Enabled", "true"), ("Cache:Tls:CertificateAuthority", _certificates.AuthorityPath));

        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_in_the_health_check()
    {
        await using var server = await RealMemcachedServer.StartAsync(_certificates.ServerArguments(_certificates.Server(name: "another.test")));
        using var application = new Application(Settings(server, ("Cache:Tls:Enabled", "true"), ("Cache:Tls:CertificateAuthority", _certificates.AuthorityPath)));

        var health = await HealthOfAsync(application);

        Assert.Contains("RemoteCertificateNameMismatch", health.Description, StringComparison.Ordinal);
        Assert.Equal(nameof(MemcachedTlsException), health.Data["fault"]);
        Assert.Equal(ReadOutcome.Unavailable, (await application.Sealed.ReadAsync<int>(s_address)).Outcome);
    }

    [Fact]
    public async Task Asked_to_throw_the_caches_name_the_cause()
    {
        await using var server = await RealMemcachedServer.StartAsync("-Y", _certificates.Write("users", "cache:opensesame\n"));
        using var application = new Application(Settings(server, ("Cache:OnFailure", "Throw")));

        await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => application.Sealed.ReadAsync<int>(s_address).AsTask());
        await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => application.Sealed.ReadAsync<int>(s_address).AsTask());
    }

    [Fact]
    public async Task The_health_check_tells_the_version_over_tls_with_a_password()
    {
        var arguments = _certificates.ServerArguments(_certificates.Server());
        await using var server = await RealMemcachedServer.StartAsync([.. arguments, "-Y", _certificates.Write("users", "cache:opensesame\n")]);
        using var application = new Application(Settings(
            server, ("Cache:Tls:Enabled", "true"), ("Cache:Tls:CertificateAuthority", _certificates.AuthorityPath), ("Cache:Username", "cache"), ("Cache:Password", "opensesame")));

        var health = await HealthOfAsync(application);

        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.StartsWith("memcached 1.6.", health.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(application.Log.Lines, static line => line.Id is >= 1000 and < 1100);
    }

    public void Dispose() => _certificates.Dispose();

    private static async Task<HealthReportEntry> HealthOfAsync(Application application) =>
        (await application.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WaitAsync(Eventually.Patience)).Entries["memcached"];

    private static Dictionary<string, string?> Settings(RealMemcachedServer server, params (string Key, string? Value)[] more) =>
        new(more.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)), StringComparer.OrdinalIgnoreCase)
        {
            ["Cache:Servers"] = string.Create(CultureInfo.InvariantCulture, $"{server.Host}:{server.Port}"),
            ["Cache:ConnectTimeout"] = "20",
            ["Cache:Timeout"] = "20",
        };
}
