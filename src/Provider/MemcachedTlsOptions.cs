using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached;

/// <summary>
/// TLS towards the servers, version 1.2 or later: the settings of the configuration section <c>Cache:Tls</c>. Files are read again for every connection, so that renewed
/// certificates need no restart.
/// </summary>
/// <remarks>
/// The server's certificate is always validated: its chain, its dates and its name. There is deliberately no setting and no callback that switches this off, because a link that
/// trusts whoever answers protects from nobody who can answer. A server with a certificate of one's own making is trusted by naming its authority, or the certificate itself, in
/// <see cref="CertificateAuthority"/>.
/// </remarks>
public sealed class MemcachedTlsOptions
{
    /// <summary>Whether connections use TLS. The embedded server, which is in this process, has none.</summary>
    /// <value>The default is false. In the configuration it must be said as soon as anything else of the section is.</value>
    public bool Enabled { get; set; }

    /// <summary>
    /// The path of a PEM file with the authorities whose servers are trusted, and with any intermediate certificates. With it no others are trusted, those of the machine neither.
    /// </summary>
    /// <value>The default is null: the authorities the machine trusts.</value>
    public string? CertificateAuthority { get; set; }

    /// <summary>
    /// The path of the certificate that this client shows when the server asks for one (<c>ssl_verify_mode</c>): a PEM file, with the chain below it if need be, or a PFX (a path
    /// ending in <c>.pfx</c> or <c>.p12</c>) which holds its key too.
    /// </summary>
    /// <value>The default is null: none.</value>
    public string? ClientCertificate { get; set; }

    /// <summary>The path of the PEM file with the key of <see cref="ClientCertificate"/>.</summary>
    /// <value>The default is null: the key stands in the file of the certificate.</value>
    public string? ClientKey { get; set; }

    /// <summary>The password of the key's file, or of the PFX. Never logged.</summary>
    /// <value>The default is null: it has none.</value>
    public string? ClientKeyPassword { get; set; }

    /// <summary>The client's certificate with its private key, in code, instead of <see cref="ClientCertificate"/>. It stays the caller's to dispose.</summary>
    /// <value>The default is null.</value>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The name that is asked for (SNI) and that the server's certificate must bear.</summary>
    /// <value>The default is null: the host as configured, whatever address it resolves to.</value>
    public string? ServerName { get; set; }

    /// <summary>
    /// Whether the authorities are asked if a certificate was revoked. That takes a connection to each of them, within <see cref="MemcachedOptions.ConnectTimeout"/>; if they cannot
    /// be reached the server is refused.
    /// </summary>
    /// <value>The default is false, as it is the platform's.</value>
    public bool CheckRevocation { get; set; }
}
