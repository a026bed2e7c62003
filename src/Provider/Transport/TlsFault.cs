using System.Security.Authentication;

namespace ScopedCaching.Memcached.Transport;

/// <summary>What went wrong between two sides of TLS, and the cure.</summary>
internal static class TlsFault
{
    public static string OfHandshake(string peer, TlsSettings settings, TlsVerdict verdict, Exception fault) => verdict.Problem is { } problem
        ? $"The certificate of the server {peer} is not trusted: {problem}. It must be issued by an authority that is trusted here ('{settings.PathOf(nameof(MemcachedTlsOptions.CertificateAuthority))}'), be " +
            $"currently valid, and contain the name with which the server is configured ('{settings.PathOf(nameof(MemcachedTlsOptions.ServerName))}')."
        : $"The TLS handshake with the server {peer} failed: {(fault as AuthenticationException)?.InnerException?.Message ?? fault.Message} " +
            $"Does it speak TLS (memcached -Z), of version 1.2 or later, and accept this client's certificate ('{settings.PathOf(nameof(MemcachedTlsOptions.ClientCertificate))}')?";

    public static string AfterHandshake(string peer, TlsSettings settings) =>
        $"The server {peer} closed the connection right after the TLS handshake. Does it require a client certificate, and accept the one that was presented ('{settings.PathOf(nameof(MemcachedTlsOptions.ClientCertificate))}')?";

    public static MemcachedTlsException OfFile(TlsSettings settings, string setting, string path, Exception fault) =>
        new($"The file '{path}' of the setting '{settings.PathOf(setting)}' cannot be used: {fault.Message}", fault);
}
