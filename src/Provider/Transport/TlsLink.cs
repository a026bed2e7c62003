using System.Diagnostics.CodeAnalysis;
using System.Net.Security;

namespace ScopedCaching.Memcached.Transport;

/// <summary>A link whose bytes travel under TLS over another link.</summary>
[SuppressMessage("Usage", "CA2213:Disposable fields should be disposed", Justification =
    "Closing is allowed from any thread and disposing an SslStream is not while others use it; its handles go with the garbage collector.")]
internal sealed class TlsLink : ILink
{
    private const int LongestRecord = 16 << 10;

    // A server that reads less at a time than a record holds may wait for the socket while the rest is in its TLS library already (memcached does; its buffer has 16 KB). So what is longer than
    // this ends in a record of a single byte: until that is read, the socket has something to read.
    private const int TakenAtOnce = 8 << 10;

    private readonly ILink _wire;
    private readonly WireStream _stream;
    private readonly SslStream _tls;
    private readonly string _peer;
    private readonly TlsSettings _settings;
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(LongestRecord);
    private ValueTask<int> _reading;
    private bool _isReading;
    private volatile bool _hasReceived;
    private int _start;
    private int _end;

    private TlsLink(ILink wire, string peer, TlsSettings settings)
    {
        (_wire, _peer, _settings) = (wire, peer, settings);
        _stream = new WireStream(wire);
        _tls = new SslStream(_stream, leaveInnerStreamOpen: true);
    }

    /// <summary>Shakes hands, blocking. The wire is the link's from here on.</summary>
    /// <exception cref="MemcachedTlsException">It did not come about; the wire was closed.</exception>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends a handshake is told as one thing.")]
    public static TlsLink Open(ILink wire, string peer, TlsSettings settings, SslClientAuthenticationOptions options, TlsVerdict verdict, LinkDeadline deadline)
    {
        var link = new TlsLink(wire, peer, settings);
        try
        {
            link.ShakeHands(options, deadline);
            return link;
        }
        catch (Exception fault)
        {
            wire.Dispose();
            link._tls.Dispose();
            throw fault as MemcachedTlsException ?? new MemcachedTlsException(TlsFault.OfHandshake(peer, settings, verdict, fault), fault);
        }
    }

    public int Receive(Span<byte> buffer, TimeSpan patience)
    {
        if (_start == _end)
        {
            var arrived = Read(patience);
            if (arrived <= 0)
            {
                return arrived;
            }

            (_start, _end) = (0, arrived);
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _plain.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An SslStream that was cut off fails in many ways.")]
    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.Length > TakenAtOnce)
            {
                _tls.Write(bytes[..^1]);
                bytes = bytes[^1..];
            }

            _tls.Write(bytes);
        }
        catch (Exception fault)
        {
            throw Ended(fault);
        }
    }

    public void Dispose() => _wire.Dispose();

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "It is completed.")]
    private void ShakeHands(SslClientAuthenticationOptions options, LinkDeadline deadline)
    {
        var shaking = _tls.AuthenticateAsClientAsync(options, CancellationToken.None);
        while (!shaking.IsCompleted)
        {
            _stream.Feed(ILink.Patience);
            if (deadline.IsOver && !shaking.IsCompleted)
            {
                throw new MemcachedTlsException($"The server {_peer} did not answer in the TLS handshake. Does it speak TLS (memcached -Z)?");
            }
        }

        shaking.GetAwaiter().GetResult();
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An SslStream that was cut off fails in many ways.")]
    private int Read(TimeSpan patience)
    {
        int count;
        try
        {
            count = ReadRecord(patience);
        }
        catch (Exception fault)
        {
            throw Ended(fault);
        }

        if (count == 0 && !_hasReceived)
        {
            throw Ended(fault: null);
        }

        _hasReceived |= count > 0;
        return count;
    }

    // A server of TLS 1.3 tells what it thinks of the client's certificate when the client has long finished its handshake; or it just hangs up.
    private IOException Ended(Exception? fault) => _hasReceived
        ? new IOException("The connection ended: " + fault?.Message, fault)
        : new IOException("The connection ended.", new MemcachedTlsException(TlsFault.AfterHandshake(_peer, _settings), fault));

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "It is completed.")]
    private int ReadRecord(TimeSpan patience)
    {
        if (!_isReading)
        {
            _reading = _tls.ReadAsync(_plain);
            _isReading = true;
        }

        // A record may come in any number of pieces, and however slowly: the receiver gets back to its clock.
        var start = TimeProvider.System.GetTimestamp();
        while (!_reading.IsCompleted)
        {
            if (!_stream.Feed(patience) || (!_reading.IsCompleted && TimeProvider.System.GetElapsedTime(start) > patience))
            {
                return -1;
            }
        }

        _isReading = false;
        return _reading.GetAwaiter().GetResult();
    }
}
