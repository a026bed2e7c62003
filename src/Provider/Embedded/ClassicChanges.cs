namespace ScopedCaching.Memcached.Embedded;

/// <summary>The classic commands that change an entry without a value: <c>delete incr decr touch</c>. Each returns its reply, to be hidden on <c>noreply</c>.</summary>
internal static class ClassicChanges
{
    // delete <key> [0] [noreply]
    public static void Delete(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        if (line.Count is < 2 or > 4)
        {
            reply.Line("ERROR"u8);
            return;
        }

        var isQuiet = line.Count > 2 && line.EndsWithNoReply;
        var hasZero = line.Count > 2 && line[2].SequenceEqual("0"u8);
        var isValid = line.Count switch
        {
            2 => true,
            3 => hasZero || isQuiet,
            _ => hasZero && isQuiet,
        };
        if (!isValid)
        {
            Say("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]"u8, isQuiet, reply);
        }
        else if (line[1].Length > MetaFlags.LongestKey)
        {
            Say("CLIENT_ERROR bad command line format"u8, isQuiet, reply);
        }
        else if (store.Find(line[1]) is { } item)
        {
            store.Statistics.DeleteHits++;
            store.Remove(item);
            Say("DELETED"u8, isQuiet, reply);
        }
        else
        {
            store.Statistics.DeleteMisses++;
            Say("NOT_FOUND"u8, isQuiet, reply);
        }
    }

    // incr|decr <key> <delta> [noreply]
    public static void Count(ItemStore store, in CommandLine line, bool isIncrement, ReplyWriter reply)
    {
        if (line.Count is not (3 or 4))
        {
            reply.Line("ERROR"u8);
            return;
        }

        var isQuiet = line.EndsWithNoReply;
        if (line[1].Length > MetaFlags.LongestKey)
        {
            Say("CLIENT_ERROR bad command line format"u8, isQuiet, reply);
        }
        else if (!CNumber.TryParseUnsigned(line[2], out var delta))
        {
            Say("CLIENT_ERROR invalid numeric delta argument"u8, isQuiet, reply);
        }
        else
        {
            var outcome = ItemCounter.Change(store, line[1], isIncrement, delta, cas: 0, out var value, out _);
            if (outcome == DeltaOutcome.Changed && !isQuiet)
            {
                reply.Number(value);
                reply.End();
            }
            else if (outcome != DeltaOutcome.Changed)
            {
                Say(
                    outcome == DeltaOutcome.NotFound ? "NOT_FOUND"u8 : "CLIENT_ERROR cannot increment or decrement non-numeric value"u8,
                    isQuiet,
                    reply);
            }
        }
    }

    // touch <key> <exptime> [noreply]
    public static void Touch(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        if (line.Count is not (3 or 4))
        {
            reply.Line("ERROR"u8);
            return;
        }

        var isQuiet = line.EndsWithNoReply;
        if (line[1].Length > MetaFlags.LongestKey)
        {
            Say("CLIENT_ERROR bad command line format"u8, isQuiet, reply);
        }
        else if (!CNumber.TryParseInt(line[2], out var expiry))
        {
            Say("CLIENT_ERROR invalid exptime argument"u8, isQuiet, reply);
        }
        else
        {
            store.Statistics.Touches++;
            var item = store.Find(line[1]);
            if (item is null)
            {
                store.Statistics.TouchMisses++;
                Say("NOT_FOUND"u8, isQuiet, reply);
                return;
            }

            store.Statistics.TouchHits++;
            item.Deadline = store.Clock.ToDeadline(expiry);
            store.Bump(item);
            Say("TOUCHED"u8, isQuiet, reply);
        }
    }

    // flush_all [delay] [noreply]
    public static void Flush(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        if (line.Count > 3)
        {
            reply.Line("ERROR"u8);
            return;
        }

        var isQuiet = line.EndsWithNoReply;
        var delay = 0;
        if (line.Count > (isQuiet ? 2 : 1) && !CNumber.TryParseInt(line[1], out delay))
        {
            Say("CLIENT_ERROR invalid exptime argument"u8, isQuiet, reply);
            return;
        }

        store.Flush(delay);
        Say("OK"u8, isQuiet, reply);
    }

    // verbosity <level> [noreply]; the level has nothing to act on here
    public static void Verbosity(in CommandLine line, ReplyWriter reply)
    {
        if (line.Count is not (2 or 3))
        {
            reply.Line("ERROR"u8);
            return;
        }

        Say(
            CNumber.TryParseUnsigned(line[1], out _) ? "OK"u8 : "CLIENT_ERROR bad command line format"u8,
            line.EndsWithNoReply,
            reply);
    }

    private static void Say(ReadOnlySpan<byte> text, bool isQuiet, ReplyWriter reply)
    {
        if (!isQuiet)
        {
            reply.Line(text);
        }
    }
}
