using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Transport;

/// <summary>Who trusts whom, with a real memcached.</summary>
public sealed class TlsTransportTests : IDisposable
{
    private const string RequiresCertificates = ",ssl_verify_mode=2,ssl_ca_cert=";

    private readonly TestCertificates _certificates = new();
    private readonly TestCertificates _strangers = new("somebody else");

    [Fact]
    public async Task A_server_with_a_certificate_of_our_authority_is_spoken_to()
    {
        await using var server = await StartAsync(_certificates.Server());

        Assert.Null(await FaultOfAsync(server, Trusting(_certificates)));
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_is_refused()
    {
        await using var server = await StartAsync(_strangers.Server());

        var fault = await FaultOfAsync(server, Trusting(_certificates));

        Assert.Contains("is not trusted", fault, StringComparison.Ordinal);
        Assert.Contains("'Cache:Tls:CertificateAuthority'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_authority_of_our_own_the_machines_count()
    {
        await using var server = await StartAsync(_certificates.Server());

        Assert.Contains("is not trusted", await FaultOfAsync(server, new MemcachedTlsOptions { Enabled = true }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_name_is_refused()
    {
        await using var server = await StartAsync(_certificates.Server(name: "another.test"));

        var fault = await FaultOfAsync(server, Trusting(_certificates));

        Assert.Contains("RemoteCertificateNameMismatch", fault, StringComparison.Ordinal);
        Assert.Contains("'Cache:Tls:ServerName'", fault, StringComparison.Ordinal);
        Assert.Contains($"{server.Host}:{server.Port}", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_was_found_by_a_name_must_bear_that_name()
    {
        await using var server = await StartAsync(_certificates.Server(name: "headless.test"));
        var options = new MemcachedOptions { Tls = Trusting(_certificates) };

        Assert.Null(await FaultOfAsync(TestLinks.To(MemcachedEndpoint.Tcp("headless.test", server.Port).At(server.Host), options)));
        Assert.Contains(
            "RemoteCertificateNameMismatch", await FaultOfAsync(TestLinks.To(MemcachedEndpoint.Tcp("other.test", server.Port).At(server.Host), options)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_a_certificate_must_bear_can_be_set()
    {
        await using var server = await StartAsync(_certificates.Server(name: "another.test"));
        var tls = Trusting(_certificates);
        tls.ServerName = "another.test";

        Assert.Null(await FaultOfAsync(server, tls));
    }

    [Fact]
    public async Task A_server_whose_certificate_has_expired_is_refused()
    {
        await using var server = await StartAsync(_certificates.Server(isExpired: true));

        Assert.Contains("NotTimeValid", await FaultOfAsync(server, Trusting(_certificates)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_over_an_intermediate_authority_is_followed_whoever_has_its_certificate()
    {
        using var intermediate = _certificates.Intermediate();
        var issued = intermediate.Server();
        var chain = intermediate.Write("chain.pem", await File.ReadAllTextAsync(issued.Path) + "\n" + await File.ReadAllTextAsync(intermediate.AuthorityPath));
        var bundle = intermediate.Write("bundle.pem", await File.ReadAllTextAsync(intermediate.AuthorityPath) + "\n" + await File.ReadAllTextAsync(_certificates.AuthorityPath));
        await using var complete = await StartAsync(issued with { Path = chain });
        await using var incomplete = await StartAsync(issued);
        var withBundle = new MemcachedTlsOptions { Enabled = true, CertificateAuthority = bundle };

        Assert.Null(await FaultOfAsync(complete, Trusting(_certificates)));
        Assert.Null(await FaultOfAsync(incomplete, withBundle));
        Assert.Contains("is not trusted", await FaultOfAsync(incomplete, Trusting(_certificates)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asked_to_check_for_revocation_a_certificate_whose_authority_cannot_be_asked_is_refused()
    {
        await using var server = await StartAsync(_certificates.Server());
        var tls = Trusting(_certificates);
        tls.CheckRevocation = true;

        Assert.Contains("RevocationStatusUnknown", await FaultOfAsync(server, tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_shows_a_clients_certificate_is_refused()
    {
        await using var server = await StartAsync(_certificates.Client());
        var tls = Trusting(_certificates);
        tls.ServerName = "client";

        Assert.Contains("is not trusted", await FaultOfAsync(server, tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_a_server_that_asks_for_it()
    {
        await using var server = await StartAsync(_certificates.Server(), RequiresCertificates + _certificates.AuthorityPath);
        var client = _certificates.Client();
        var inOneFile = _certificates.Write("both.pem", await File.ReadAllTextAsync(client.Path) + "\n" + await File.ReadAllTextAsync(client.KeyPath));
        var pfx = _certificates.Write("client.pfx", client.Certificate.Export(X509ContentType.Pkcs12, "opensesame"));
        using var key = client.Certificate.GetECDsaPrivateKey()!;
        var locked = _certificates.Write("locked.key", key.ExportEncryptedPkcs8PrivateKeyPem(
            "opensesame", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000)));
        Action<MemcachedTlsOptions>[] ways =
        [
            tls => (tls.ClientCertificate, tls.ClientKey) = (client.Path, client.KeyPath),
            tls => (tls.ClientCertificate, tls.ClientKey, tls.ClientKeyPassword) = (client.Path, locked, "opensesame"),
            tls => tls.ClientCertificate = inOneFile,
            tls => (tls.ClientCertificate, tls.ClientKeyPassword) = (pfx, "opensesame"),
            tls => tls.Certificate = client.Certificate,
        ];

        foreach (var way in ways)
        {
            var tls = Trusting(_certificates);
            way(tls);

            // Twice: a certificate that was given in code is still the caller's.
            Assert.Null(await FaultOfAsync(server, tls));
            Assert.Null(await FaultOfAsync(server, tls));
        }
    }

    [Fact]
    public async Task Without_the_client_certificate_that_is_asked_for_the_error_says_so()
    {
        await using var server = await StartAsync(_certificates.Server(), RequiresCertificates + _certificates.AuthorityPath);

        Assert.Contains("'Cache:Tls:ClientCertificate'", await FaultOfAsync(server, Trusting(_certificates)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_of_a_stranger_is_refused_by_the_server_and_the_error_says_so()
    {
        await using var server = await StartAsync(_certificates.Server(), RequiresCertificates + _certificates.AuthorityPath);
        var stranger = _strangers.Client();
        var tls = Trusting(_certificates);
        (tls.ClientCertificate, tls.ClientKey) = (stranger.Path, stranger.KeyPath);

        Assert.Contains("'Cache:Tls:ClientCertificate'", await FaultOfAsync(server, tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_tls_is_a_clear_error()
    {
        await using var server = await RealMemcachedServer.StartAsync();

        Assert.Contains("Does it speak TLS (memcached -Z)", await FaultOfAsync(server, Trusting(_certificates)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_a_clear_error_within_the_connect_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        using var client = new TestClient(
            TestLinks.To(MemcachedEndpoint.Tcp("127.0.0.1", port), new MemcachedOptions { Tls = Trusting(_certificates) }),
            limits: TestClient.Patient with { ConnectTimeout = TimeSpan.FromSeconds(1) });
        var waiting = Stopwatch.StartNew();

        var fault = await Assert.ThrowsAsync<MemcachedTlsException>(() => client.Verbs.GetAsync("key").InTime());

        Assert.Contains("did not answer in the TLS handshake", fault.Message, StringComparison.Ordinal);
        Assert.InRange(waiting.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Without_tls_to_a_server_that_has_it_the_error_says_so()
    {
        await using var server = await StartAsync(_certificates.Server());
        using var client = new TestClient(TestLinks.To(server, new MemcachedOptions()));

        var fault = await Assert.ThrowsAsync<MemcachedConnectionException>(() => client.Verbs.GetAsync("key").InTime());

        Assert.Contains("'Cache:Tls:Enabled'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewed_files_count_from_the_next_connection_on()
    {
        await using var server = await StartAsync(_certificates.Server(), RequiresCertificates + _certificates.AuthorityPath);
        var (former, renewed) = (_strangers.Client(), _certificates.Client());
        var tls = Trusting(_strangers);
        (tls.ClientCertificate, tls.ClientKey) = (former.Path, former.KeyPath);
        var transport = TestLinks.To(server, new MemcachedOptions { Tls = tls });
        Assert.NotNull(await FaultOfAsync(transport));

        File.Copy(_certificates.AuthorityPath, _strangers.AuthorityPath, overwrite: true);
        File.Copy(renewed.Path, former.Path, overwrite: true);
        File.Copy(renewed.KeyPath, former.KeyPath, overwrite: true);

        Assert.Null(await FaultOfAsync(transport));
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_named_with_its_setting()
    {
        await using var server = await StartAsync(_certificates.Server());
        var tls = Trusting(_certificates);
        tls.ClientCertificate = "/nowhere/client.pem";
        Assert.Contains("'/nowhere/client.pem' of the setting 'Cache:Tls:ClientCertificate'", await FaultOfAsync(server, tls), StringComparison.Ordinal);

        tls = Trusting(_certificates);
        tls.CertificateAuthority = _certificates.Write("empty.pem", "nothing");
        Assert.Contains("'Cache:Tls:CertificateAuthority'", await FaultOfAsync(server, tls), StringComparison.Ordinal);
    }

    // The server's TLS library may hold what its event loop still waits for: nothing may be left there for good.
    [Theory]
    [InlineData(7_000)]
    [InlineData(9_000)]
    [InlineData(16_384)]
    [InlineData(100_000)]
    [InlineData(900_000)]
    public async Task What_is_asked_right_behind_a_large_value_is_answered(int size)
    {
        await using var server = await StartAsync(_certificates.Server());
        using var client = new TestClient(TestLinks.To(server, new MemcachedOptions { Tls = Trusting(_certificates) }), limits: TestClient.Limits(Eventually.Patience));
        for (var round = 0; round < 3; round++)
        {
            var large = client.Verbs.SetAsync("large", new byte[size + round]).AsTask();
            var small = Enumerable.Range(0, 400).Select(number => client.Verbs.GetAsync($"small:{number}").AsTask()).ToArray();

            Assert.True(await large.InTime());
            Assert.All(await Task.WhenAll(small).InTime(), item => Assert.False(item.Found));
            Assert.Equal(size + round, (await client.Verbs.GetAsync("large").InTime()).Value!.Length);
        }
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _strangers.Dispose();
    }

    private static MemcachedTlsOptions Trusting(TestCertificates certificates) => new() { Enabled = true, CertificateAuthority = certificates.AuthorityPath };

    private Task<RealMemcachedServer> StartAsync(IssuedCertificate certificate, string? more = null) =>
        RealMemcachedServer.StartAsync(_certificates.ServerArguments(certificate, more));

    private static Task<string?> FaultOfAsync(RealMemcachedServer server, MemcachedTlsOptions tls) =>
        FaultOfAsync(TestLinks.To(server, new MemcachedOptions { Tls = tls }));

    /// <summary>What the first use of a client meets; null: it works.</summary>
    private static async Task<string?> FaultOfAsync(ScopedCaching.Memcached.Transport.ITransport transport)
    {
        using var client = new TestClient(transport);
        try
        {
            Assert.True(await client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());
            return null;
        }
        catch (MemcachedTlsException fault)
        {
            // Nobody is told less afterwards.
            Assert.Equal(fault.Message, (await Assert.ThrowsAsync<MemcachedTlsException>(() => client.Verbs.GetAsync("key").InTime())).Message);
            return fault.Message;
        }
    }
}
