using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached.Transport;

/// <summary>
/// Opens links under TLS on another transport's. The server's certificate is always validated; nothing is kept from one connection to the next, so that renewed files count and
/// what is no longer trusted is noticed.
/// </summary>
/// <param name="inner">What carries the bytes.</param>
/// <param name="peer">The server, for messages.</param>
/// <param name="host">The name that is asked for, and that the certificate must bear, unless the settings say another.</param>
/// <param name="settings">Certificates, and whose are trusted.</param>
internal sealed class TlsTransport(ITransport inner, string peer, string host, TlsSettings settings) : ITransport
{
    public ILink Connect(TimeSpan timeout)
    {
        var deadline = LinkDeadline.Within(timeout);
        using var certificates = TlsCertificates.Read(settings);
        var verdict = new TlsVerdict();
        return TlsLink.Open(inner.Connect(timeout), peer, settings, OptionsOf(certificates, verdict), verdict, deadline);
    }

    [SuppressMessage("Security", "CA5398:Avoid hardcoded SslProtocols values", Justification = "What is older than 1.2 is not wanted, whatever the machine allows.")]
    private SslClientAuthenticationOptions OptionsOf(TlsCertificates certificates, TlsVerdict verdict)
    {
        var revocation = settings.CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = settings.ServerName ?? host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = revocation,
            ClientCertificateContext = certificates.Client,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = verdict.Take,
        };
        if (certificates.Authorities is { } authorities)
        {
            // Intermediate certificates come with the server's or stand in the file; none is fetched.
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = revocation, DisableCertificateDownloads = true };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
