using System.Buffers;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>A storing command whose value is still to come. One per session, used again for the next.</summary>
internal sealed class PendingStore
{
    private readonly ArrayBufferWriter<byte> _echo = new();
    private int _casAt;

    public StoreMode Mode { get; set; }

    public byte[] Key { get; set; } = [];

    public uint ClientFlags { get; set; }

    public uint Deadline { get; set; }

    public ulong Cas { get; set; }

    public bool MarkStale { get; set; }

    public bool HasBinaryKey { get; set; }

    public bool IsMeta { get; set; }

    /// <summary>Hides success of a meta command, and every reply to a classic one.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Begins a meta command: its flags' echo is kept until the outcome is known.</summary>
    public void KeepEcho(in CommandLine line, int firstFlag, in MetaFlags flags)
    {
        _echo.ResetWrittenCount();
        _casAt = -1;
        for (var index = firstFlag; index < line.Count; index++)
        {
            if (line[index][0] == (byte)'c')
            {
                _casAt = _echo.WrittenCount;
            }
            else
            {
                MetaReply.EchoOne(line[index], flags, new ReplyWriter(_echo));
            }
        }
    }

    /// <summary>Stores the value, and replies.</summary>
    public void Complete(ItemStore store, byte[] value, ReplyWriter reply)
    {
        var item = new StoredItem(Key, value) { ClientFlags = ClientFlags, Deadline = Deadline, HasBinaryKey = HasBinaryKey };
        var outcome = ItemWriter.Store(store, item, Mode, Cas, MarkStale, out var cas);
        if (IsMeta)
        {
            ReplyMeta(outcome, cas, reply);
        }
        else if (!IsQuiet)
        {
            reply.Line(outcome switch
            {
                StoreOutcome.Stored => "STORED"u8,
                StoreOutcome.NotStored => "NOT_STORED"u8,
                StoreOutcome.Exists => "EXISTS"u8,
                _ => "NOT_FOUND"u8,
            });
        }
    }

    private void ReplyMeta(StoreOutcome outcome, ulong cas, ReplyWriter reply)
    {
        if (outcome == StoreOutcome.Stored && IsQuiet)
        {
            return;
        }

        reply.Bytes(outcome switch
        {
            StoreOutcome.Stored => "HD"u8,
            StoreOutcome.NotStored => "NS"u8,
            StoreOutcome.Exists => "EX"u8,
            _ => "NF"u8,
        });
        var echo = _echo.WrittenSpan;
        if (_casAt >= 0)
        {
            reply.Bytes(echo[.._casAt]);
            reply.Flag((byte)'c', cas);
            echo = echo[_casAt..];
        }

        reply.Bytes(echo);
        reply.End();
    }
}
