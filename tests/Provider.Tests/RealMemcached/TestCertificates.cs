using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Provider.Tests.RealMemcached;

/// <summary>An authority of a test's own, and PEM files of certificates it issued, in a temporary folder.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("certificates-");
    private readonly X509Certificate2 _authority;
    private int _issued;

    public TestCertificates(string name = "the authority")
        : this(name, issuer: null)
    {
    }

    private TestCertificates(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var (start, end) = (DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(30));
        if (issuer is null)
        {
            _authority = request.CreateSelfSigned(start, end);
        }
        else
        {
            using var issued = request.Create(issuer, start.AddHours(1), end.AddHours(-1), RandomNumberGenerator.GetBytes(8));
            _authority = issued.CopyWithPrivateKey(key);
        }

        AuthorityPath = Write("authority.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The PEM file of the authority's certificate.</summary>
    public string AuthorityPath { get; }

    /// <summary>An authority that this one vouches for.</summary>
    public TestCertificates Intermediate() => new("the intermediate authority", _authority);

    /// <summary>Arguments of a memcached that shows this certificate; <paramref name="more"/> are further options for <c>-o</c>.</summary>
    public string[] ServerArguments(IssuedCertificate certificate, string? more = null) =>
        ["-Z", "-o", $"ssl_chain_cert={certificate.Path},ssl_key={certificate.KeyPath}" + more];

    /// <summary>For a server at the loopback address, also called "localhost" and "cache.test".</summary>
    public IssuedCertificate Server(bool isExpired = false, string? name = null) =>
        Issue("server", "1.3.6.1.5.5.7.3.1", isExpired, names =>
        {
            if (name is not null)
            {
                names.AddDnsName(name);
                return;
            }

            names.AddIpAddress(IPAddress.Loopback);
            names.AddDnsName("localhost");
            names.AddDnsName("cache.test");
        });

    public IssuedCertificate Client() => Issue("client", "1.3.6.1.5.5.7.3.2", isExpired: false, static names => names.AddDnsName("client"));

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private IssuedCertificate Issue(string name, string purpose, bool isExpired, Action<SubjectAlternativeNameBuilder> addNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        addNames(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var end = isExpired ? DateTimeOffset.UtcNow.AddDays(-1) : DateTimeOffset.UtcNow.AddDays(20);
        var issued = request.Create(_authority, DateTimeOffset.UtcNow.AddDays(-2), end, RandomNumberGenerator.GetBytes(8));
        var file = $"{name}{++_issued}";
        return new IssuedCertificate(
            issued.CopyWithPrivateKey(key), Write(file + ".pem", issued.ExportCertificatePem()), Write(file + ".key", key.ExportPkcs8PrivateKeyPem()));
    }
}

/// <summary>A certificate with its key, and the PEM files of both.</summary>
public sealed record IssuedCertificate(X509Certificate2 Certificate, string Path, string KeyPath);

/// <summary>One memcached under TLS for all tests of a class that do not disturb it.</summary>
public sealed class TlsMemcached : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private RealMemcachedServer? _server;

    public RealMemcachedServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public TestCertificates Certificates => _certificates;

    public async ValueTask InitializeAsync() => _server = await RealMemcachedServer.StartAsync(_certificates.ServerArguments(_certificates.Server()));

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _certificates.Dispose();
    }
}
