namespace ScopedCaching.Memcached.Embedded;

/// <summary>Which command a line is.</summary>
internal static class CommandTable
{
    public static bool TryGetStoreMode(ReadOnlySpan<byte> name, out StoreMode mode)
    {
        (mode, var isKnown) = name switch
        {
            _ when name.SequenceEqual("set"u8) => (StoreMode.Set, true),
            _ when name.SequenceEqual("add"u8) => (StoreMode.Add, true),
            _ when name.SequenceEqual("replace"u8) => (StoreMode.Replace, true),
            _ when name.SequenceEqual("append"u8) => (StoreMode.Append, true),
            _ when name.SequenceEqual("prepend"u8) => (StoreMode.Prepend, true),
            _ when name.SequenceEqual("cas"u8) => (StoreMode.Cas, true),
            _ => (StoreMode.Set, false),
        };
        return isKnown;
    }

    /// <summary>Runs a command that has no value, and replies. Returns false when the connection is to be closed.</summary>
    public static bool Execute(ItemStore store, SessionRegistry registry, in CommandLine line, ReplyWriter reply)
    {
        var name = line[0];
        if (name.Length == 2 && name[0] == (byte)'m')
        {
            ExecuteMeta(store, line, reply);
            return true;
        }

        switch (name)
        {
            case var _ when name.SequenceEqual("get"u8) || name.SequenceEqual("bget"u8):
                ClassicGet.Execute(store, line, withCas: false, touches: false, reply);
                break;
            case var _ when name.SequenceEqual("gets"u8):
                ClassicGet.Execute(store, line, withCas: true, touches: false, reply);
                break;
            case var _ when name.SequenceEqual("gat"u8):
                ClassicGet.Execute(store, line, withCas: false, touches: true, reply);
                break;
            case var _ when name.SequenceEqual("gats"u8):
                ClassicGet.Execute(store, line, withCas: true, touches: true, reply);
                break;
            case var _ when name.SequenceEqual("delete"u8):
                ClassicChanges.Delete(store, line, reply);
                break;
            case var _ when name.SequenceEqual("incr"u8) || name.SequenceEqual("decr"u8):
                ClassicChanges.Count(store, line, isIncrement: name[0] == (byte)'i', reply);
                break;
            case var _ when name.SequenceEqual("touch"u8):
                ClassicChanges.Touch(store, line, reply);
                break;
            case var _ when name.SequenceEqual("flush_all"u8):
                ClassicChanges.Flush(store, line, reply);
                break;
            case var _ when name.SequenceEqual("stats"u8):
                StatsCommand.Execute(store, registry.Count, line, reply);
                break;
            case var _ when name.SequenceEqual("verbosity"u8):
                ClassicChanges.Verbosity(line, reply);
                break;
            case var _ when name.SequenceEqual("version"u8):
                reply.Line("VERSION 1.6.18"u8);
                break;
            case var _ when name.SequenceEqual("quit"u8):
                return false;
            case var _ when name.SequenceEqual("shutdown"u8):
                reply.Line("ERROR: shutdown not enabled"u8);
                break;
            default:
                return Unknown(line, reply);
        }

        return true;
    }

    private static void ExecuteMeta(ItemStore store, in CommandLine line, ReplyWriter reply)
    {
        switch (line[0][1])
        {
            case (byte)'g':
                MetaGet.Execute(store, line, reply);
                break;
            case (byte)'d':
                MetaDelete.Execute(store, line, reply);
                break;
            case (byte)'a':
                MetaArithmetic.Execute(store, line, reply);
                break;
            case (byte)'n':
                reply.Line("MN"u8);
                break;
            case (byte)'e':
                MetaDebug.Execute(store, line, reply);
                break;
            default:
                reply.Line("ERROR"u8);
                break;
        }
    }

    // A web browser led here is shown the door, before its headers are taken for commands. Words that memcached knows
    // as commands, by their first letter, get an error instead.
    private static bool Unknown(in CommandLine line, ReplyWriter reply)
    {
        if (!"gsacidt"u8.Contains(line[0][0]) && line[line.Count - 1].StartsWith("HTTP/"u8))
        {
            return false;
        }

        reply.Line("ERROR"u8);
        return true;
    }
}
