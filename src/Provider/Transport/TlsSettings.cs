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
    bool CheckRevocation,
    string Section = MemcachedOptions.DefaultSection)
{
    /// <summary>The settings, or null for links without TLS.</summary>
    public static TlsSettings? Of(MemcachedOptions options) => options.Tls is { Enabled: true } tls
        ? new TlsSettings(
            tls.CertificateAuthority, tls.ClientCertificate, tls.ClientKey, tls.ClientKeyPassword, tls.Certificate, tls.ServerName, tls.CheckRevocation, options.Section)
        : null;

    /// <summary>What a setting is called where it is configured, for messages.</summary>
    public string PathOf(string setting) => $"{Section}:Tls:{setting}";

    // There is a password among them.
    public override string ToString() => nameof(TlsSettings);
}
