namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>md &lt;key&gt; &lt;flags&gt;*</c>: deletes, or with I marks as stale.</summary>
internal static class MetaDelete
{
    public static void Execute(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        var flags = new MetaFlags(stackalloc byte[MetaFlags.LongestKey]);
        if (MetaArithmetic.Refuse(line, ref flags) is { Length: > 0 } wrong)
        {
            reply.Line(wrong);
            return;
        }

        if (MetaReply.HasTooLongOpaque(line, 2))
        {
            reply.Line(Complaints.OpaqueTooLong);
            return;
        }

        store.Statistics.Metas++;
        var status = Delete(store, flags);
        if (flags.IsQuiet && status.SequenceEqual("HD"u8))
        {
            return;
        }

        reply.Bytes(status);
        MetaReply.Echo(line, 2, flags, reply);
        reply.End();
    }

    private static ReadOnlySpan<byte> Delete(ItemStore store, in MetaFlags flags)
    {
        if (store.Find(flags.Key) is not { } item)
        {
            store.Statistics.DeleteMisses++;
            return "NF"u8;
        }

        if (flags.HasCas && flags.Cas != item.Cas)
        {
            return "EX"u8;
        }

        store.Statistics.DeleteHits++;
        if (!flags.Invalidates)
        {
            store.Remove(item);
            return "HD"u8;
        }

        if (flags.HasExpiry)
        {
            item.Deadline = store.Clock.ToDeadline(flags.Expiry);
        }

        // A new CAS id makes the store of whoever is recreating the value right now fail, and the next reader wins.
        item.IsStale = true;
        item.IsTokenSent = false;
        item.Cas = store.NextCas();
        return "HD"u8;
    }
}
