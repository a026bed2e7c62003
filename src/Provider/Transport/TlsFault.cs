using System.Security.Authentication;

namespace ScopedCaching.Memcached.Transport;

/// <summary>What went wrong between two sides of TLS, and the cure.</summary>
internal static class TlsFault
{
    public static string OfHandshake(string peer, TlsVerdict verdict, Exception fault) => verdict.Problem is { } problem
        ? $"The certificate of the server {peer} is not trusted: {problem}. It must come from an authority that is trusted here ('Cache:Tls:CertificateAuthority'), be in " +
            "force, and bear the name by which the server is configured ('Cache:Tls:ServerName')."
        : $"The TLS handshake with the server {peer} failed: {(fault as AuthenticationException)?.InnerException?.Message ?? fault.Message} " +
            "Does it speak TLS (memcached -Z), of version 1.2 or later, and accept this client's certificate ('Cache:Tls:ClientCertificate')?";

    public static string AfterHandshake(string peer) =>
        $"The server {peer} closed the connection right after the TLS handshake. Does it ask for a client certificate, and accept the one it was shown ('Cache:Tls:ClientCertificate')?";

    public static MemcachedTlsException OfFile(string setting, string path, Exception fault) =>
        new($"The file '{path}' of the setting 'Cache:Tls:{setting}' cannot be used: {fault.Message}", fault);
}
