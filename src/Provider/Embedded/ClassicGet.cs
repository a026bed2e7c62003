namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>get gets &lt;key&gt;+</c> and <c>gat gats &lt;exptime&gt; &lt;key&gt;+</c>, with any number of keys.</summary>
internal static class ClassicGet
{
    public static void Execute(ItemStore store, in CommandLine line, bool withCas, bool touches, ReplyWriter reply)
    {
        if (line.Count < 2)
        {
            reply.Line("ERROR"u8);
            return;
        }

        var expiry = 0;
        if (touches && !CNumber.TryParseInt(line[1], out expiry))
        {
            reply.Line("CLIENT_ERROR invalid exptime argument"u8);
            return;
        }

        // One key too long spoils the whole reply, but the keys before it have been used all the same.
        var firstKey = KeysFrom(line, touches ? 2 : 1);
        ReplyWriter? output = HasTooLongKey(line.Text, firstKey) ? null : reply;
        var at = firstKey;
        while (CommandLine.TryNext(line.Text, ref at, out var token) && line.Text[token].Length <= MetaFlags.LongestKey)
        {
            Read(store, line.Text[token], withCas, touches ? expiry : null, output);
        }

        reply.Line(output is null ? "CLIENT_ERROR bad command line format"u8 : "END"u8);
    }

    private static void Read(ItemStore store, ReadOnlySpan<byte> key, bool withCas, int? expiry, ReplyWriter? reply)
    {
        var item = store.Find(key);
        store.Statistics.CountGet(item is not null, expiry.HasValue);
        if (item is null)
        {
            return;
        }

        if (expiry is { } seconds)
        {
            item.Deadline = store.Clock.ToDeadline(seconds);
        }

        store.Bump(item);
        if (reply is { } output)
        {
            output.Bytes("VALUE "u8);
            output.Bytes(item.Key);
            output.Bytes(" "u8);
            output.Number(item.ClientFlags);
            output.Bytes(" "u8);
            output.Number((ulong)item.Value.Length);
            if (withCas)
            {
                output.Bytes(" "u8);
                output.Number(item.Cas);
            }

            output.End();
            output.Line(item.Value);
        }
    }

    private static int KeysFrom(in CommandLine line, int tokens)
    {
        var at = 0;
        for (var skipped = 0; skipped < tokens; skipped++)
        {
            CommandLine.TryNext(line.Text, ref at, out _);
        }

        return at;
    }

    private static bool HasTooLongKey(ReadOnlySpan<byte> text, int at)
    {
        while (CommandLine.TryNext(text, ref at, out var token))
        {
            if (text[token].Length > MetaFlags.LongestKey)
            {
                return true;
            }
        }

        return false;
    }
}
