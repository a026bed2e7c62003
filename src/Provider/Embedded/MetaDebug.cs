namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>me &lt;key&gt; [b]</c>: tells what the server knows of an entry.</summary>
internal static class MetaDebug
{
    public static void Execute(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        var flags = new MetaFlags(stackalloc byte[MetaFlags.LongestKey]);
        if (line.Count < 2
            || line[1].Length > MetaFlags.LongestKey
            || (line.Count > 2 && line[2].SequenceEqual("b"u8) && !flags.TakeBase64Key(line[1])))
        {
            reply.Line("CLIENT_ERROR bad command line format"u8);
            return;
        }

        var key = flags.HasBinaryKey ? flags.Key : line[1];
        if (store.Find(key) is not { } item)
        {
            reply.Line("EN"u8);
            return;
        }

        reply.Bytes("ME "u8);
        if (item.HasBinaryKey)
        {
            reply.Base64(item.Key);
        }
        else
        {
            reply.Bytes(item.Key);
        }

        reply.Bytes(" exp="u8);
        if (item.Deadline == 0)
        {
            reply.Bytes("-1"u8);
        }
        else
        {
            // The sign is memcached's: seconds since the deadline, which lies ahead.
            reply.Bytes("-"u8);
            reply.Number(item.Deadline - store.Clock.Now);
        }

        reply.Bytes(" la="u8);
        reply.Number(store.Clock.Now - item.UsedAt);
        reply.Bytes(" cas="u8);
        reply.Number(item.Cas);
        reply.Bytes(item.IsFetched ? " fetch=yes cls="u8 : " fetch=no cls="u8);
        reply.Number((ulong)SlabClass.Of(item.Size));
        reply.Bytes(" size="u8);
        reply.Number((ulong)item.Size);
        reply.End();
    }
}

/// <summary>Which of memcached's slab classes would hold an entry: told by <c>me</c>, and otherwise without meaning here.</summary>
internal static class SlabClass
{
    private const int Smallest = 96;
    private const int LargestChunk = 512 * 1024;
    private const double Growth = 1.25;
    private const int Alignment = 8;
    private static readonly int[] ChunkSizes = [.. Sizes()];

    public static int Of(int itemSize)
    {
        var index = Array.BinarySearch(ChunkSizes, itemSize);
        return Math.Min(index < 0 ? ~index : index, ChunkSizes.Length - 1) + 1;
    }

    private static IEnumerable<int> Sizes()
    {
        var size = Smallest;
        while (size < LargestChunk / Growth)
        {
            yield return size;
            size = (((int)(size * Growth)) + Alignment - 1) / Alignment * Alignment;
        }

        yield return LargestChunk;
    }
}
