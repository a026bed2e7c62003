using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Embedded;

namespace Provider.Tests.Contract;

/// <summary>A session of an embedded server, spoken to in bytes.</summary>
internal sealed class EmbeddedPeer : IDisposable
{
    private readonly ServerSession _session;
    private readonly ArrayBufferWriter<byte> _replies = new();

    public EmbeddedPeer(FakeClock? clock = null, EmbeddedMemcachedOptions? options = null)
    {
        options ??= new EmbeddedMemcachedOptions();
        Store = new ItemStore(new ServerClock(clock ?? new FakeClock()), options.MemoryLimit, options.ItemSizeLimit);
        _session = new ServerSession(Store, new SessionRegistry());
    }

    public ItemStore Store { get; }

    public bool IsOpen { get; private set; } = true;

    public string Say(string text) => Say(Encoding.Latin1.GetBytes(text));

    public string Say(ReadOnlySpan<byte> bytes)
    {
        _replies.ResetWrittenCount();
        IsOpen = IsOpen && _session.Accept(bytes, _replies);
        return Encoding.Latin1.GetString(_replies.WrittenSpan);
    }

    public void Dispose() => _session.Dispose();
}

/// <summary>A connection to a real memcached, spoken to in bytes.</summary>
internal sealed class RealPeer : IDisposable
{
    private static readonly TimeSpan Patience = Eventually.Patience;
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];

    private bool _isEnded;
    private bool _isShutDown;

    private RealPeer(Socket socket) => _socket = socket;

    /// <summary>Whether the server ended the conversation, and not because we did.</summary>
    public bool WasClosedByServer => _isEnded && !_isShutDown;

    public static async Task<RealPeer> ConnectAsync(RealMemcachedServer server) => new(await server.ConnectAsync());

    /// <summary>Sends, and reads until as many lines have come as are expected, or no more do.</summary>
    public async Task<string> SayAsync(byte[] bytes, int expectedLines)
    {
        try
        {
            await _socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // Closed by the server in the middle of what it did not want to hear.
            return "";
        }

        return await ReadAsync(reply => Count(reply) >= expectedLines);
    }

    /// <summary>Ends the sending side, and reads what is still to come.</summary>
    public async Task<string> FinishAsync(bool shutdown)
    {
        if (shutdown && !_isEnded)
        {
            _isShutDown = true;
            _socket.Shutdown(SocketShutdown.Send);
        }

        return await ReadAsync(static _ => false);
    }

    public void Dispose() => _socket.Dispose();

    private static int Count(StringBuilder reply)
    {
        var lines = 0;
        foreach (var chunk in reply.GetChunks())
        {
            lines += chunk.Span.Count('\n');
        }

        return lines;
    }

    private async Task<string> ReadAsync(Func<StringBuilder, bool> isEnough)
    {
        var reply = new StringBuilder();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (!_isEnded && !isEnough(reply))
            {
                var count = await _socket.ReceiveAsync(_buffer, patience.Token);
                _isEnded = count == 0;
                reply.Append(Encoding.Latin1.GetString(_buffer, 0, count));
            }
        }
        catch (OperationCanceledException)
        {
            // The server says no more; what it said is compared.
        }
        catch (SocketException)
        {
            _isEnded = true;
        }

        return reply.ToString();
    }
}
