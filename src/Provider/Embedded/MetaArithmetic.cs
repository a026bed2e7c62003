using System.Buffers.Text;

namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>ma &lt;key&gt; &lt;flags&gt;*</c>: increments or decrements, creating the counter when asked to.</summary>
internal static class MetaArithmetic
{
    private const int LongestNumber = 20;

    public static void Execute(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        var flags = new MetaFlags(stackalloc byte[MetaFlags.LongestKey]);
        if (Refuse(line, ref flags) is { Length: > 0 } wrong)
        {
            reply.Line(wrong);
            return;
        }

        if (flags.Mode is not (0 or (byte)'I' or (byte)'+' or (byte)'D' or (byte)'-'))
        {
            reply.Line("CLIENT_ERROR invalid mode for ma M token"u8);
            return;
        }

        store.Statistics.Metas++;
        var isIncrement = flags.Mode is 0 or (byte)'I' or (byte)'+';
        var outcome = ItemCounter.Change(store, flags.Key, isIncrement, flags.Delta, flags.Cas, out var value, out var item);
        var isNew = outcome == DeltaOutcome.NotFound && flags.Vivifies;
        if (isNew)
        {
            value = flags.InitialValue;
            item = Create(store, flags);
        }

        if (outcome == DeltaOutcome.NotANumber)
        {
            reply.Line("CLIENT_ERROR cannot increment or decrement non-numeric value"u8);
        }
        else if (outcome == DeltaOutcome.Changed || isNew)
        {
            // Quiet hides a change, and tells of a creation.
            Succeed(store, item!, isNew, value, line, flags, reply);
        }
        else if (MetaReply.HasTooLongOpaque(line, 2))
        {
            reply.Line(Complaints.OpaqueTooLong);
        }
        else
        {
            reply.Bytes(outcome == DeltaOutcome.Exists ? "EX"u8 : "NF"u8);
            MetaReply.Echo(line, 2, flags, reply);
            reply.End();
        }
    }

    /// <summary>What is wrong with a command of key and flags, or nothing; the flags are read.</summary>
    public static byte[] Refuse(in CommandLine line, ref MetaFlags flags)
    {
        if (line.Count < 2)
        {
            return Complaints.Error;
        }

        if (line[1].Length > MetaFlags.LongestKey)
        {
            return Complaints.BadFormat;
        }

        if (MetaFlags.AreTooMany(line))
        {
            return Complaints.TooManyFlags;
        }

        return flags.Read(line, 2).Length == 0 ? Complaints.None : Complaints.InvalidOrDuplicateFlag;
    }

    private static StoredItem Create(ItemStore store, in MetaFlags flags)
    {
        Span<byte> text = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(flags.InitialValue, text, out var length);
        var item = new StoredItem(flags.Key.ToArray(), text[..length].ToArray());
        store.Put(item);
        return item;
    }

    private static void Succeed(
        ItemStore store, StoredItem item, bool isNew, ulong value, in CommandLine line, in MetaFlags flags, ReplyWriter reply)
    {
        var opaqueTooLong = MetaReply.HasTooLongOpaque(line, 2);
        var isSilent = opaqueTooLong || (flags.IsQuiet && !isNew);
        Span<byte> number = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(value, number, out var length);
        if (!isSilent)
        {
            reply.Bytes(flags.WantsValue ? "VA "u8 : "HD"u8);
            if (flags.WantsValue)
            {
                reply.Number((ulong)length);
            }
        }

        for (var index = 2; index < line.Count; index++)
        {
            Apply(store.Clock, item, isNew, line[index], flags, isSilent ? null : reply);
        }

        if (opaqueTooLong)
        {
            reply.Line(Complaints.OpaqueTooLong);
        }
        else if (!isSilent)
        {
            reply.End();
            if (flags.WantsValue)
            {
                reply.Line(number[..length]);
            }
        }
    }

    private static void Apply(
        ServerClock clock, StoredItem item, bool isNew, ReadOnlySpan<byte> flag, in MetaFlags flags, ReplyWriter? reply)
    {
        switch (flag[0])
        {
            case (byte)'T':
                item.Deadline = clock.ToDeadline(flags.Expiry);
                break;
            case (byte)'N' when isNew:
                item.Deadline = clock.ToDeadline(flags.VivifyExpiry);
                break;
            case (byte)'c' or (byte)'t' when reply is { } writer:
                MetaReply.Describe(clock, item, flag, writer);
                break;
            default:
                if (reply is { } echo)
                {
                    MetaReply.EchoOne(flag, flags, echo);
                }

                break;
        }
    }
}
