using System.Buffers;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>One connection's side of the conversation: takes bytes split anywhere, answers whole commands.</summary>
internal sealed class ServerSession(ItemStore store, SessionRegistry registry) : IInProcessPeer
{
    /// <summary>The memcached whose replies are given.</summary>
    public const string Version = "1.6.18";

    private readonly PartialLine _partial = new();
    private readonly ValueBuffer _value = new();
    private readonly PendingStore _pending = new();
    private Expects _expects = Expects.FirstByte;
    private long _toSwallow;
    private byte[] _afterSwallow = [];

    private enum Expects
    {
        FirstByte,
        Line,
        Value,
        Swallowed,
        Nothing,
    }

    public bool Accept(ReadOnlySpan<byte> bytes, IBufferWriter<byte> replies)
    {
        var reply = new ReplyWriter(replies);
        while (!bytes.IsEmpty && _expects != Expects.Nothing)
        {
            var consumed = _expects switch
            {
                Expects.Value => TakeValue(bytes, reply),
                Expects.Swallowed => Swallow(bytes, reply),
                Expects.FirstByte => RefuseBinaryProtocol(bytes[0]),
                _ => TakeLine(bytes, reply),
            };
            bytes = bytes[consumed..];
        }

        return _expects != Expects.Nothing;
    }

    public void Dispose() => registry.Remove(this);

    // memcached decides by a connection's first byte; the deprecated binary protocol is not spoken here.
    private int RefuseBinaryProtocol(byte first)
    {
        _expects = first == 0x80 ? Expects.Nothing : Expects.Line;
        return 0;
    }

    private int TakeLine(ReadOnlySpan<byte> bytes, ReplyWriter reply)
    {
        var length = bytes.IndexOf((byte)'\n');
        if (length < 0)
        {
            _expects = _partial.TryAppend(bytes) ? Expects.Line : Expects.Nothing;
            return bytes.Length;
        }

        if (_partial.IsEmpty)
        {
            Execute(bytes[..length], reply);
        }
        else
        {
            Execute(_partial.Finish(bytes[..length]), reply);
            _partial.Clear();
        }

        return length + 1;
    }

    private int TakeValue(ReadOnlySpan<byte> bytes, ReplyWriter reply)
    {
        var consumed = _value.Take(bytes);
        if (!_value.IsComplete)
        {
            return consumed;
        }

        _expects = Expects.Line;
        var value = _value.Release();
        if (_value.IsTerminated)
        {
            lock (store.Gate)
            {
                _pending.Complete(store, value, reply);
            }
        }
        else if (_pending.IsMeta || !_pending.IsQuiet)
        {
            reply.Line("CLIENT_ERROR bad data chunk"u8);
        }

        return consumed;
    }

    private int Swallow(ReadOnlySpan<byte> bytes, ReplyWriter reply)
    {
        var consumed = (int)Math.Min(bytes.Length, _toSwallow);
        _toSwallow -= consumed;
        if (_toSwallow == 0)
        {
            _expects = Expects.Line;
            if (_afterSwallow.Length > 0)
            {
                reply.Line(_afterSwallow);
            }
        }

        return consumed;
    }

    private void Execute(ReadOnlySpan<byte> text, ReplyWriter reply)
    {
        // A lone CR stays, as memcached leaves it; a NUL ends the line as it ends a C string.
        if (text.Length > 1 && text[^1] == (byte)'\r')
        {
            text = text[..^1];
        }

        if (text.IndexOf((byte)0) is >= 0 and var end)
        {
            text = text[..end];
        }

        Span<Range> tokens = stackalloc Range[CommandLine.MaxTokens];
        var line = CommandLine.Cut(text, tokens);
        if (line.Count == 0 || line[0].Length < 2)
        {
            reply.Line("ERROR"u8);
            return;
        }

        lock (store.Gate)
        {
            if (CommandTable.TryGetStoreMode(line[0], out var mode))
            {
                Begin(StoreCommands.ReadClassic(store, mode, line, _pending), reply);
            }
            else if (line[0].SequenceEqual("ms"u8))
            {
                Begin(StoreCommands.ReadMeta(store, line, _pending), reply);
            }
            else if (!CommandTable.Execute(store, registry, line, reply))
            {
                _expects = Expects.Nothing;
            }
        }
    }

    private void Begin(StoreRequest request, ReplyWriter reply)
    {
        if (request.IsAccepted)
        {
            _value.Begin(request.ValueLength);
            _expects = Expects.Value;
        }
        else if (request.Swallows)
        {
            _toSwallow = request.ValueLength + 2L;
            _afterSwallow = request.Complaint;
            _expects = Expects.Swallowed;
        }
        else if (request.Complaint.Length > 0)
        {
            reply.Line(request.Complaint);
        }
    }
}
