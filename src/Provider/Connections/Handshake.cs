using System.Globalization;
using System.Text;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>What a server told about itself.</summary>
/// <param name="Version">In its own words.</param>
/// <param name="ItemSizeLimit">The largest item in bytes; null: it does not tell.</param>
/// <param name="AsksForPassword">Whether it asks for authentication; null: it does not tell.</param>
internal readonly record struct ServerFacts(string Version, int? ItemSizeLimit, bool? AsksForPassword);

/// <summary>
/// What is said on a new link before anything else: who we are, then what the server is. Everything is read to its last byte and nothing beyond, so that the first request's reply is
/// the first thing to come afterwards. Without authentication it is one round trip.
/// </summary>
internal sealed class Handshake
{
    private const int LongestVersion = 64;
    private const int SmallestLimit = 1 << 10;
    private const int LargestLimit = 1 << 30;

    private readonly ILink _link;
    private readonly string _server;
    private readonly string _section;
    private readonly HandshakeLines _lines;

    private Handshake(ILink link, string server, LinkDeadline deadline, string section)
    {
        (_link, _server, _section) = (link, server, section);
        _lines = new HandshakeLines(link, server, deadline, section);
    }

    /// <exception cref="MemcachedException">The link cannot be used.</exception>
    public static ServerFacts Perform(ILink link, string server, Credentials? credentials, LinkDeadline deadline, string section = MemcachedOptions.DefaultSection)
    {
        var handshake = new Handshake(link, server, deadline, section);
        try
        {
            if (credentials is not null)
            {
                handshake.Authenticate(credentials);
            }

            link.Send("version\r\nstats settings\r\n"u8);
            var version = handshake.ReadVersion();
            var facts = handshake.ReadSettings(version);
            handshake._lines.ThrowIfMore();
            return facts;
        }
        catch (IOException fault)
        {
            throw fault.InnerException as MemcachedTlsException ?? (MemcachedException)handshake._lines.Closed(fault);
        }
    }

    // "STORED\r\n", "CLIENT_ERROR authentication failure\r\n"
    private void Authenticate(Credentials credentials)
    {
        _link.Send(credentials.ToRequest());
        var line = _lines.Next();
        if (line.SequenceEqual("STORED"u8))
        {
            // Before this is known nothing more is sent, and so nothing more may have come.
            _lines.ThrowIfMore();
            return;
        }

        throw line.StartsWith("CLIENT_ERROR "u8) && line.IndexOf("auth"u8) > 0
            ? new MemcachedAuthenticationException(
                $"The server {_server} refused the user name and the password. Set '{_section}:Username' and '{_section}:Password' to the values in its password file (memcached -Y).")
            : Unexpected(line);
    }

    // "VERSION <version>\r\n"
    private string ReadVersion()
    {
        var line = _lines.Next();
        if (!line.StartsWith("VERSION "u8))
        {
            throw Unexpected(line);
        }

        var text = line["VERSION "u8.Length..].TrimEnd((byte)' ');
        var version = text.Length <= LongestVersion && !text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) ? Encoding.ASCII.GetString(text) : $"of {text.Length} bytes";
        return ServerVersion.TryParse(version, out var number) && number < ServerVersion.Oldest
            ? throw new MemcachedVersionException(
                $"The server {_server} is memcached {version}, but {ServerVersion.Oldest} is the oldest supported version, because replies of older ones cannot be told apart. Upgrade the server.")
            : version;
    }

    // "STAT <name> <value>\r\n"*, "END\r\n"; a server that does not tell answers with an error line.
    private ServerFacts ReadSettings(string version)
    {
        int? limit = null;
        bool? asks = null;
        var isFirst = true;
        while (true)
        {
            var line = _lines.Next();
            if (line.SequenceEqual("END"u8))
            {
                return new ServerFacts(version, limit, asks);
            }

            if (isFirst && ErrorLine.IsError(line) && !IsUnauthenticated(line))
            {
                return new ServerFacts(version, ItemSizeLimit: null, AsksForPassword: null);
            }

            if (!line.StartsWith("STAT "u8))
            {
                throw Unexpected(line);
            }

            if (line.StartsWith("STAT item_size_max "u8))
            {
                limit = ReadLimit(line["STAT item_size_max "u8.Length..]);
            }
            else if (line.StartsWith("STAT auth_enabled_ascii "u8))
            {
                // Its file, or "no".
                asks = !line.EndsWith(" no"u8);
            }

            isFirst = false;
        }
    }

    // memcached takes from 1 KiB to 1 GiB for -I. What is less would refuse everything, and is no size.
    private int ReadLimit(ReadOnlySpan<byte> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= SmallestLimit
            ? (int)Math.Min(limit, LargestLimit)
            : throw new MemcachedProtocolException($"The server {_server} reports an impossible item size limit.");

    private MemcachedException Unexpected(ReadOnlySpan<byte> line) =>
        IsUnauthenticated(line)
            ? new MemcachedAuthenticationException(
                $"The server {_server} requires a user name and a password (memcached -Y), but none are configured. Set '{_section}:Username' and '{_section}:Password'.")
        : ErrorLine.IsError(line)
            ? new MemcachedConnectionException($"The server {_server} refused the connection: {ErrorLine.Describe(line)}.")
            : new MemcachedProtocolException($"The server {_server} answered {ErrorLine.Describe(line)} when the connection was opened, as no memcached does");

    private static bool IsUnauthenticated(ReadOnlySpan<byte> line) => line.SequenceEqual("CLIENT_ERROR unauthenticated"u8);
}
