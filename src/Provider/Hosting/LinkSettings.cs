using System.Globalization;
using System.Text;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Reads what links to servers need, and says what is wrong with it. Nothing of it may be ignored in silence: a spelling mistake would leave the link unprotected.</summary>
internal static class LinkSettings
{
    private const int LongestCredentials = 250;

    private static readonly string[] s_tlsKeys = ["Enabled", "CertificateAuthority", "ClientCertificate", "ClientKey", "ClientKeyPassword", "ServerName", "CheckRevocation"];

    public static void Read(CacheSection section, MemcachedOptions options)
    {
        options.Username = section.Text("Username");
        options.Password = section.Text("Password");
        new CacheSection(section["Tls"]).ThrowUnlessOnly(s_tlsKeys);
        if (section["Tls"].GetChildren().Any() && section.Text("Tls:Enabled") is null)
        {
            throw new MemcachedConfigurationException($"There are settings in '{section.Path}:Tls', but they do not say whether TLS is used. Set '{section.Path}:Tls:Enabled' to true or false.");
        }

        var tls = options.Tls;
        section.Read("Tls:Enabled", value => tls.Enabled = value);
        section.Read("Tls:CheckRevocation", value => tls.CheckRevocation = value);
        tls.CertificateAuthority = section.Text("Tls:CertificateAuthority");
        tls.ClientCertificate = section.Text("Tls:ClientCertificate");
        tls.ClientKey = section.Text("Tls:ClientKey");
        tls.ClientKeyPassword = section.Text("Tls:ClientKeyPassword");
        tls.ServerName = section.Text("Tls:ServerName");
    }

    /// <summary>What is wrong, without telling what is secret.</summary>
    public static IEnumerable<string> ProblemsOf(MemcachedOptions options) => [.. ProblemsOfCredentials(options), .. ProblemsOfTls(options)];

    private static IEnumerable<string> ProblemsOfCredentials(MemcachedOptions options)
    {
        if (options.Username is null != options.Password is null)
        {
            yield return $"'Cache:{(options.Username is null ? "Username" : "Password")}' is not set, but the other one of 'Cache:Username' and 'Cache:Password' is. Set both or neither.";
        }

        if (options.Username is { } username && !IsWord(username, ":"))
        {
            yield return "'Cache:Username' cannot be used. Allowed are one character and more, without blanks, control characters and colons.";
        }

        if (options.Password is { } password && !IsWord(password, ""))
        {
            yield return "'Cache:Password' cannot be used. Allowed are one character and more, without blanks and control characters.";
        }

        if (Encoding.UTF8.GetByteCount($"{options.Username}{options.Password}") > LongestCredentials)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"'Cache:Username' and 'Cache:Password' are too long. Allowed are {LongestCredentials} bytes together.");
        }
    }

    private static IEnumerable<string> ProblemsOfTls(MemcachedOptions options)
    {
        // Where a test puts an embedded server in the place of the configured ones, their certificates need not be there.
        var isUsed = options.Embedded is null && options.Servers.Count > 0 && Backends.KindOf(options) == BackendKind.Memcached;
        if (!isUsed || TlsSettings.Of(options) is not { } tls)
        {
            yield break;
        }

        if (options.Servers.Any(static server => server.UnixPath is not null))
        {
            yield return "'Cache:Tls:Enabled' is true, but a server is a Unix-domain socket, where memcached does not support TLS. Allowed are servers on TCP.";
        }

        if (tls.Certificate is { HasPrivateKey: false })
        {
            yield return $"{nameof(MemcachedTlsOptions)}.{nameof(MemcachedTlsOptions.Certificate)} has no private key. Allowed are certificates with one.";
        }
        else if (ProblemOfFiles(tls) is { } problem)
        {
            yield return problem;
        }
    }

    private static string? ProblemOfFiles(TlsSettings tls)
    {
        try
        {
            TlsCertificates.Read(tls).Dispose();
            return null;
        }
        catch (MemcachedTlsException fault)
        {
            return fault.Message;
        }
    }

    private static bool IsWord(string text, string forbidden) =>
        text.Length > 0 && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || forbidden.Contains(character, StringComparison.Ordinal));
}
