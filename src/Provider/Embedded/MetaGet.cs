namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>mg &lt;key&gt; &lt;flags&gt;*</c>: read, touch, and the three ways to be told to recreate a value (N, R, stale).</summary>
internal static class MetaGet
{
    public static void Execute(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        if (line.Count < 2)
        {
            reply.Line("ERROR"u8);
            return;
        }

        if (line[1].Length > MetaFlags.LongestKey)
        {
            reply.Line("CLIENT_ERROR bad command line format"u8);
            return;
        }

        if (MetaFlags.AreTooMany(line))
        {
            reply.Line("CLIENT_ERROR options flags are too long"u8);
            return;
        }

        var flags = new MetaFlags(stackalloc byte[MetaFlags.LongestKey]);
        if (flags.Read(line, 2) is { Length: > 0 } wrong)
        {
            reply.Line(wrong);
            return;
        }

        var item = store.Find(flags.Key);
        store.Statistics.Metas++;
        store.Statistics.CountGet(item is not null, flags.HasExpiry);
        var isNew = item is null && flags.Vivifies;
        if (isNew)
        {
            item = new StoredItem(flags.Key.ToArray(), []) { HasBinaryKey = flags.HasBinaryKey };
            store.Put(item);
        }

        var opaqueTooLong = MetaReply.HasTooLongOpaque(line, 2);
        if (item is null)
        {
            Miss(line, flags, opaqueTooLong, reply);
            return;
        }

        Hit(store, item, isNew, line, flags, opaqueTooLong ? null : reply);
        if (opaqueTooLong)
        {
            reply.Line(Complaints.OpaqueTooLong);
        }
    }

    private static void Miss(in CommandLine line, in MetaFlags flags, bool opaqueTooLong, ReplyWriter reply)
    {
        if (opaqueTooLong)
        {
            reply.Line(Complaints.OpaqueTooLong);
            return;
        }

        if (flags.IsQuiet)
        {
            return;
        }

        reply.Bytes("EN"u8);
        MetaReply.Echo(line, 2, flags, reply);
        reply.End();
    }

    // The flags act in the order they were given: t before T tells the old time. Without a reply only their effects remain.
    private static void Hit(ItemStore store, StoredItem item, bool isNew, in CommandLine line, in MetaFlags flags, ReplyWriter? reply)
    {
        if (reply is { } head)
        {
            head.Bytes(flags.WantsValue ? "VA "u8 : "HD"u8);
            if (flags.WantsValue)
            {
                head.Number((ulong)item.Value.Length);
            }
        }

        var won = isNew;
        for (var index = 2; index < line.Count; index++)
        {
            var flag = line[index];
            switch (flag[0])
            {
                case (byte)'T':
                    item.Deadline = store.Clock.ToDeadline(flags.Expiry);
                    break;
                case (byte)'N' when isNew:
                    item.Deadline = store.Clock.ToDeadline(flags.VivifyExpiry);
                    break;
                case (byte)'R':
                    won |= IsDueForRecache(store.Clock, item, flags.RecacheWithin);
                    break;
                case (byte)'O' when reply is null:
                    return;
                default:
                    if (reply is { } writer)
                    {
                        MetaReply.Describe(store.Clock, item, flag, writer);
                    }

                    break;
            }
        }

        if (reply is { } rest)
        {
            TellWinner(item, won, rest);
            rest.End();
            if (flags.WantsValue)
            {
                rest.Line(item.Value);
            }
        }

        if (!flags.LeavesUnused)
        {
            store.Bump(item);
        }
    }

    // Z: somebody else was told to recreate it. X: the value is stale. W: you are the one.
    private static void TellWinner(StoredItem item, bool won, ReplyWriter reply)
    {
        if (item.IsTokenSent)
        {
            reply.Letter((byte)'Z');
        }

        if (item.IsStale)
        {
            reply.Letter((byte)'X');
        }

        if (!item.IsTokenSent && (won || item.IsStale))
        {
            reply.Letter((byte)'W');
            item.IsTokenSent = true;
        }
    }

    private static bool IsDueForRecache(ServerClock clock, StoredItem item, int within) =>
        item.Deadline != 0 && (long)item.Deadline - clock.Now < within;
}
