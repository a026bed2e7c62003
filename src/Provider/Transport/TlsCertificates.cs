using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached.Transport;

/// <summary>The certificates of one connection, read anew from their files.</summary>
internal sealed class TlsCertificates : IDisposable
{
    private readonly List<X509Certificate2> _read = [];

    private readonly TlsSettings _settings;

    private TlsCertificates(TlsSettings settings) => _settings = settings;

    /// <summary>Who is trusted; null: whom the machine trusts.</summary>
    public X509Certificate2Collection? Authorities { get; private set; }

    /// <summary>What the server is shown when it asks; null: nothing.</summary>
    public SslStreamCertificateContext? Client { get; private set; }

    /// <exception cref="MemcachedTlsException">A file cannot be used; the message names its setting.</exception>
    public static TlsCertificates Read(TlsSettings settings)
    {
        var certificates = new TlsCertificates(settings);
        try
        {
            if (settings.CertificateAuthority is { } path)
            {
                certificates.Authorities = certificates.ReadAuthorities(path);
            }

            certificates.Client = certificates.ReadClient();
            return certificates;
        }
        catch
        {
            certificates.Dispose();
            throw;
        }
    }

    public void Dispose() => _read.ForEach(static certificate => certificate.Dispose());

    private X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = Read(nameof(MemcachedTlsOptions.CertificateAuthority), path, static path =>
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(path);
            return found.Count > 0 ? found : throw new CryptographicException("There is no certificate in it; a PEM file is expected.");
        });
        _read.AddRange(authorities);
        return authorities;
    }

    private SslStreamCertificateContext? ReadClient()
    {
        if (_settings.Certificate is { } given)
        {
            return SslStreamCertificateContext.Create(given, additionalCertificates: null, offline: true);
        }

        if (_settings.ClientCertificate is not { } path)
        {
            return null;
        }

        var all = Read(nameof(MemcachedTlsOptions.ClientCertificate), path, path => IsPfx(path)
            ? X509CertificateLoader.LoadPkcs12CollectionFromFile(path, _settings.ClientKeyPassword)
            : ReadPem(path));
        _read.AddRange(all);
        var own = IsPfx(path)
            ? all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
            : Read(nameof(MemcachedTlsOptions.ClientKey), _settings.ClientKey ?? path, key => WithKey(path, key, _settings.ClientKeyPassword));
        if (own is null)
        {
            throw TlsFault.OfFile(_settings, nameof(MemcachedTlsOptions.ClientCertificate), path, new CryptographicException("There is no private key in it."));
        }

        _read.Add(own);
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    private static X509Certificate2Collection ReadPem(string path)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(path);
        return all;
    }

    private static X509Certificate2 WithKey(string path, string keyPath, string? password)
    {
        var certificate = password is null
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows' TLS takes no key that was never stored.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static bool IsPfx(string path) =>
        Path.GetExtension(path) is { } extension
        && (extension.Equals(".pfx", StringComparison.OrdinalIgnoreCase) || extension.Equals(".p12", StringComparison.OrdinalIgnoreCase));

    private T Read<T>(string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            throw TlsFault.OfFile(_settings, setting, path, fault);
        }
    }
}
