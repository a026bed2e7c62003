using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached;

/// <summary>
/// TLS to the servers, version 1.2 or later; the settings of the configuration section <c>Cache:Tls</c>. Files are read again for every connection, so renewed
/// certificates require no restart.
/// </summary>
/// <remarks>
/// The server's certificate is always validated: its chain, its dates and its name. There is deliberately no setting and no callback to disable this, because a connection that
/// trusts any server protects against no attacker. To trust a server with a self-issued certificate, set
/// <see cref="CertificateAuthority"/> to its authority, or to the certificate itself.
/// </remarks>
public sealed class MemcachedTlsOptions
{
    /// <summary>Whether connections use TLS. The embedded server, which is in this process, does not use it.</summary>
    /// <value>The default is false. In the configuration it must be set explicitly if any other key of the section is set.</value>
    public bool Enabled { get; set; }

    /// <summary>
    /// The path of a PEM file with the trusted authorities, and any intermediate certificates. If it is set, no other authorities are trusted, including those of the machine.
    /// </summary>
    /// <value>The default is null: the authorities that the machine trusts.</value>
    public string? CertificateAuthority { get; set; }

    /// <summary>
    /// The path of the certificate that this client presents if the server asks for one (<c>ssl_verify_mode</c>): a PEM file, with its chain if necessary, or a PFX file (a path
    /// ending in <c>.pfx</c> or <c>.p12</c>) that also contains the key.
    /// </summary>
    /// <value>The default is null: none.</value>
    public string? ClientCertificate { get; set; }

    /// <summary>The path of the PEM file with the key of <see cref="ClientCertificate"/>.</summary>
    /// <value>The default is null: the key is in the certificate's file.</value>
    public string? ClientKey { get; set; }

    /// <summary>The password of the key file or PFX file. Never logged.</summary>
    /// <value>The default is null: no password.</value>
    public string? ClientKeyPassword { get; set; }

    /// <summary>The client's certificate with its private key, set in code instead of <see cref="ClientCertificate"/>. The caller must dispose it.</summary>
    /// <value>The default is null.</value>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The name that is sent to the server (SNI) and that its certificate must have.</summary>
    /// <value>The default is null: the host as configured, whatever address it resolves to.</value>
    public string? ServerName { get; set; }

    /// <summary>
    /// Whether the authorities are asked if a certificate has been revoked. This takes a connection to each of them, within <see cref="MemcachedOptions.ConnectTimeout"/>; if they cannot
    /// be reached, the server is rejected.
    /// </summary>
    /// <value>The default is false, as on the platform.</value>
    public bool CheckRevocation { get; set; }
}
