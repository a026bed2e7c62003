using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached.Transport;

/// <summary>What links under TLS are made with, comparable: other settings make other links.</summary>
internal sealed record TlsSettings(
    string? CertificateAuthority,
    string? ClientCertificate,
    string? ClientKey,
    string? ClientKeyPassword,
    X509Certificate2? Certificate,
    string? ServerName,
    bool CheckRevocation)
{
    /// <summary>The settings, or null for links without TLS.</summary>
    public static TlsSettings? Of(MemcachedTlsOptions options) => options.Enabled
        ? new TlsSettings(
            options.CertificateAuthority, options.ClientCertificate, options.ClientKey, options.ClientKeyPassword, options.Certificate, options.ServerName, options.CheckRevocation)
        : null;

    // There is a password among them.
    public override string ToString() => nameof(TlsSettings);
}
