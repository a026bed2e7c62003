using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScopedCaching.Memcached;

/// <summary>Where a memcached server listens: <c>host</c>, <c>host:port</c>, <c>[v6]:port</c>, <c>tcp://host:port</c> or <c>unix:/path</c>. Immutable.</summary>
/// <remarks>
/// With several servers, a server is identified by this text, not by the address that a name resolves to. All processes that share the cache must be configured with the same names, ports and weights.
/// </remarks>
public sealed record MemcachedEndpoint
{
    /// <summary>memcached's port: 11211.</summary>
    public const int DefaultPort = 11211;

    private const string UnixScheme = "unix:";
    private const string TcpScheme = "tcp://";
    private const string Allowed = "Allowed are host, host:port, [IPv6]:port, tcp://host:port and unix:/path, with a port from 1 to 65535.";

    // What the kernel's sockaddr_un has room for, without the closing zero.
    private const int LongestUnixPath = 107;

    private MemcachedEndpoint(string host, int port, string? unixPath) => (Host, Port, UnixPath) = (host, port, unixPath);

    /// <summary>The host name or address; empty for a Unix-domain socket.</summary>
    public string Host { get; }

    /// <summary>The TCP port; 0 for a Unix-domain socket.</summary>
    public int Port { get; }

    /// <summary>The path of the Unix-domain socket, or null for TCP.</summary>
    public string? UnixPath { get; }

    /// <summary>Its share of the keys, relative to the weights of the other servers.</summary>
    /// <value>1. From 1 to 100.</value>
    public int Weight { get; init; } = 1;

    /// <summary>The server itself, for one of <see cref="Of"/>.</summary>
    internal EmbeddedMemcached? InProcess { get; private init; }

    /// <summary>The configured name that resolved to this address, under <see cref="ServerDiscovery.Dns"/>; null for an endpoint as it was configured.</summary>
    internal string? DiscoveredBy { get; private init; }

    /// <summary>An embedded server, for tests and development with several servers. The caller must dispose it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="name">Its name among the servers.</param>
    /// <exception cref="MemcachedConfigurationException">The name is not a valid host name.</exception>
    public static MemcachedEndpoint Of(EmbeddedMemcached server, string name)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Tcp(name) with { InProcess = server };
    }

    /// <summary>A TCP endpoint.</summary>
    /// <exception cref="MemcachedConfigurationException">The host is empty or not a valid host name, or the port is not in 1–65535.</exception>
    public static MemcachedEndpoint Tcp(string host, int port = DefaultPort)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Check(host, port) is { } problem
            ? throw new MemcachedConfigurationException(problem)
            : new MemcachedEndpoint(host, port, unixPath: null);
    }

    /// <summary>A Unix-domain socket endpoint.</summary>
    /// <exception cref="MemcachedConfigurationException">The path is not absolute, or longer than 107 bytes.</exception>
    public static MemcachedEndpoint Unix(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return CheckPath(path) is { } problem
            ? throw new MemcachedConfigurationException(problem)
            : new MemcachedEndpoint("", 0, path);
    }

    /// <summary>Parses an endpoint.</summary>
    /// <exception cref="MemcachedConfigurationException">The text is not an endpoint; the message says what is allowed.</exception>
    public static MemcachedEndpoint Parse(string text, int defaultPort = DefaultPort) =>
        TryParse(text, defaultPort, out var endpoint, out var problem) ? endpoint : throw new MemcachedConfigurationException(problem);

    /// <summary>Parses an endpoint, or returns what is wrong with it.</summary>
    public static bool TryParse(
        string? text, int defaultPort, [NotNullWhen(true)] out MemcachedEndpoint? endpoint, [NotNullWhen(false)] out string? problem)
    {
        endpoint = null;
        text = text?.Trim() ?? "";
        if (text.StartsWith(UnixScheme, StringComparison.OrdinalIgnoreCase))
        {
            var path = text[UnixScheme.Length..];
            problem = CheckPath(path);
            endpoint = problem is null ? new MemcachedEndpoint("", 0, path) : null;
            return problem is null;
        }

        if (text.StartsWith(TcpScheme, StringComparison.OrdinalIgnoreCase))
        {
            text = text[TcpScheme.Length..].TrimEnd('/');
        }

        if (!TrySplit(text, defaultPort, out var host, out var port))
        {
            problem = $"'{text}' is no endpoint. {Allowed}";
            return false;
        }

        problem = Check(host, port);
        endpoint = problem is null ? new MemcachedEndpoint(host, port, unixPath: null) : null;
        return problem is null;
    }

    /// <summary>The endpoint in the form that <see cref="Parse"/> accepts, without the weight.</summary>
    public override string ToString() =>
        InProcess is not null ? Host
        : UnixPath is not null ? UnixScheme + UnixPath
        : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}"
        : $"{Host}:{Port}";

    /// <summary>One of the servers that this name stands for.</summary>
    internal MemcachedEndpoint At(string address) => new(address, Port, unixPath: null) { Weight = Weight, DiscoveredBy = Host };

    private static bool TrySplit(string text, int defaultPort, out string host, out int port)
    {
        port = defaultPort;
        host = text;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IPAddress.TryParse(text.AsSpan(1, end - 1), out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }

            host = text[1..end];
            return end == text.Length - 1 || (text[end + 1] == ':' && TryPort(text.AsSpan(end + 2), out port));
        }

        var first = text.IndexOf(':', StringComparison.Ordinal);
        if (first < 0)
        {
            return true;
        }

        if (first != text.LastIndexOf(':'))
        {
            return IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        }

        host = text[..first];
        return TryPort(text.AsSpan(first + 1), out port);
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    private static string? Check(string host, int port) =>
        Uri.CheckHostName(host) == UriHostNameType.Unknown ? $"'{host}' is no host name or address. {Allowed}"
        : port is < 1 or > 65535 ? $"{port} is no port. Allowed are 1 to 65535."
        : null;

    private static string? CheckPath(string path) =>
        !path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) ? "A Unix-domain socket is written unix:/path, with an absolute path."
        : Encoding.UTF8.GetByteCount(path) > LongestUnixPath ? $"The path of a Unix-domain socket may take {LongestUnixPath} bytes at most."
        : null;
}
