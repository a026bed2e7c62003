using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>The lines a server answers on a new link: so many bytes at most, and until a deadline. One thread only.</summary>
internal sealed class HandshakeLines(ILink link, string server, LinkDeadline deadline, string section)
{
    // A memcached's settings take about 3 KB.
    private const int MostBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[MostBytes];
    private int _start;
    private int _end;

    /// <summary>The next line without its CR LF, valid until the next call.</summary>
    /// <exception cref="MemcachedConnectionException">The server closed the link, or the deadline has passed.</exception>
    /// <exception cref="MemcachedProtocolException">Too many bytes came.</exception>
    public ReadOnlySpan<byte> Next()
    {
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var length = unread.IndexOf("\r\n"u8);
            if (length >= 0)
            {
                _start += length + 2;
                return unread[..length];
            }

            Receive();
        }
    }

    /// <summary>What comes without being asked for would be taken for the answer of the first request.</summary>
    public void ThrowIfMore()
    {
        if (_start != _end)
        {
            throw new MemcachedProtocolException($"The server {server} sent more than was requested when the connection was opened.");
        }
    }

    private void Receive()
    {
        if (_end == MostBytes)
        {
            throw new MemcachedProtocolException($"The server {server} sends an endless reply when the connection is opened.");
        }

        var count = -1;
        while (count < 0)
        {
            // Looked at for every piece: bytes may come one by one.
            if (deadline.IsOver)
            {
                throw new MemcachedConnectionException($"The server {server} accepted the connection, but did not answer within the connect timeout.");
            }

            count = link.Receive(_buffer.AsSpan(_end), ILink.Patience);
        }

        if (count == 0)
        {
            throw Closed(fault: null);
        }

        _end += count;
    }

    /// <summary>The link ended before all was answered.</summary>
    public MemcachedConnectionException Closed(Exception? fault) => new(
        _end == 0
            ? $"The server {server} closed the connection before it answered. Does it expect TLS ('{section}:Tls:Enabled')?"
            : $"The server {server} closed the connection while it was being opened.",
        fault);
}
