namespace ScopedCaching.Memcached.Embedded;

/// <summary>The flags that replies to meta commands carry.</summary>
internal static class MetaReply
{
    /// <summary>Writes back opaque and key, in the order they were asked for, where there is no entry to describe.</summary>
    public static void Echo(in CommandLine line, int firstFlag, in MetaFlags flags, ReplyWriter reply)
    {
        for (var index = firstFlag; index < line.Count; index++)
        {
            EchoOne(line[index], flags, reply);
        }
    }

    public static void EchoOne(ReadOnlySpan<byte> flag, in MetaFlags flags, ReplyWriter reply)
    {
        if (flag[0] == (byte)'O')
        {
            reply.Flag((byte)'O', flag[1..]);
        }
        else if (flag[0] == (byte)'k')
        {
            reply.Key(flags.Key, flags.HasBinaryKey);
        }
    }

    /// <summary>Whether an opaque among the flags is longer than allowed.</summary>
    public static bool HasTooLongOpaque(in CommandLine line, int firstFlag)
    {
        for (var index = firstFlag; index < line.Count; index++)
        {
            if (line[index][0] == (byte)'O' && MetaFlags.IsOpaqueTooLong(line[index]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes what one flag asks to know of an entry; other flags write nothing.</summary>
    public static void Describe(ServerClock clock, StoredItem item, ReadOnlySpan<byte> flag, ReplyWriter reply)
    {
        switch (flag[0])
        {
            case (byte)'O':
                reply.Flag((byte)'O', flag[1..]);
                break;
            case (byte)'k':
                reply.Key(item.Key, item.HasBinaryKey);
                break;
            case (byte)'s':
                reply.Flag((byte)'s', (ulong)item.Value.Length);
                break;
            case (byte)'c':
                reply.Flag((byte)'c', item.Cas);
                break;
            case (byte)'f':
                reply.Flag((byte)'f', item.ClientFlags);
                break;
            case (byte)'t':
                RemainingTime(clock, item, reply);
                break;
            case (byte)'l':
                reply.Flag((byte)'l', clock.Now - item.UsedAt);
                break;
            case (byte)'h':
                reply.Flag((byte)'h', item.IsFetched ? 1UL : 0UL);
                break;
            default:
                break;
        }
    }

    public static void RemainingTime(ServerClock clock, StoredItem item, ReplyWriter reply)
    {
        if (item.Deadline == 0)
        {
            reply.Flag((byte)'t', "-1"u8);
        }
        else
        {
            // Unsigned, as memcached prints it: what is already past shows as a huge number.
            reply.Flag((byte)'t', unchecked(item.Deadline - clock.Now));
        }
    }
}
