using System.Globalization;
using System.Text;

namespace ScopedCaching.Memcached.Embedded;

/// <summary><c>stats [settings|items|slabs|sizes|conns|detail|reset]</c>: names and order as memcached's, those that mean something here.</summary>
internal static class StatsCommand
{
    public static void Execute(ItemStore store, int connections, in CommandLine line, ReplyWriter reply)
    {
        var topic = line.Count > 1 ? line[1] : default;
        if (topic.IsEmpty)
        {
            General(store, connections, reply);
        }
        else if (topic.SequenceEqual("reset"u8))
        {
            store.ResetStatistics();
            reply.Line("RESET"u8);
            return;
        }
        else if (topic.SequenceEqual("detail"u8))
        {
            Detail(line, reply);
            return;
        }
        else if (topic.SequenceEqual("settings"u8))
        {
            Settings(store, reply);
        }
        else if (topic.SequenceEqual("items"u8))
        {
            Items(store, reply);
        }
        else if (topic.SequenceEqual("sizes"u8))
        {
            Tell(reply, "sizes_status", "disabled");
        }
        else if (!topic.SequenceEqual("slabs"u8) && !topic.SequenceEqual("conns"u8))
        {
            reply.Line(topic.SequenceEqual("cachedump"u8) ? "CLIENT_ERROR bad command line"u8 : "ERROR"u8);
            return;
        }

        reply.Line("END"u8);
    }

    private static void Detail(in CommandLine line, ReplyWriter reply)
    {
        var wish = line.Count > 2 ? line[2] : default;
        if (wish.SequenceEqual("on"u8) || wish.SequenceEqual("off"u8))
        {
            reply.Line("OK"u8);
        }
        else
        {
            reply.Line(wish.SequenceEqual("dump"u8) ? "END"u8 : "CLIENT_ERROR usage: stats detail on|off|dump"u8);
        }
    }

    private static void General(ItemStore store, int connections, ReplyWriter reply)
    {
        var statistics = store.Statistics;
        Tell(reply, "pid", Environment.ProcessId);
        Tell(reply, "uptime", store.Clock.Uptime);
        Tell(reply, "time", store.Clock.UnixTime);
        Tell(reply, "version", ServerSession.Version);
        Tell(reply, "pointer_size", 64);
        Tell(reply, "curr_connections", connections);
        Tell(reply, "total_connections", statistics.TotalConnections);
        Tell(reply, "cmd_get", statistics.Gets);
        Tell(reply, "cmd_set", statistics.Sets);
        Tell(reply, "cmd_flush", statistics.Flushes);
        Tell(reply, "cmd_touch", statistics.Touches);
        Tell(reply, "cmd_meta", statistics.Metas);
        Tell(reply, "get_hits", statistics.GetHits);
        Tell(reply, "get_misses", statistics.GetMisses);
        Tell(reply, "delete_misses", statistics.DeleteMisses);
        Tell(reply, "delete_hits", statistics.DeleteHits);
        Tell(reply, "incr_misses", statistics.IncrementMisses);
        Tell(reply, "incr_hits", statistics.IncrementHits);
        Tell(reply, "decr_misses", statistics.DecrementMisses);
        Tell(reply, "decr_hits", statistics.DecrementHits);
        Tell(reply, "cas_misses", statistics.CasMisses);
        Tell(reply, "cas_hits", statistics.CasHits);
        Tell(reply, "cas_badval", statistics.CasMismatches);
        Tell(reply, "touch_hits", statistics.TouchHits);
        Tell(reply, "touch_misses", statistics.TouchMisses);
        Tell(reply, "store_too_large", statistics.TooLarge);
        Tell(reply, "limit_maxbytes", store.MemoryLimit);
        Tell(reply, "threads", 1);
        Tell(reply, "bytes", store.Bytes);
        Tell(reply, "curr_items", store.Count);
        Tell(reply, "total_items", statistics.TotalItems);
        Tell(reply, "evictions", statistics.Evictions);
    }

    private static void Settings(ItemStore store, ReplyWriter reply)
    {
        Tell(reply, "maxbytes", store.MemoryLimit);
        Tell(reply, "verbosity", 0);
        Tell(reply, "evictions", "on");
        Tell(reply, "num_threads", 1);
        Tell(reply, "cas_enabled", "yes");
        Tell(reply, "auth_enabled_ascii", "no");
        Tell(reply, "item_size_max", store.ItemSizeLimit);
        Tell(reply, "flush_enabled", "yes");
        Tell(reply, "ssl_enabled", "no");
    }

    // All entries are told as one class: memory is not cut into slabs here.
    private static void Items(ItemStore store, ReplyWriter reply)
    {
        if (store.Count > 0)
        {
            Tell(reply, "items:1:number", store.Count);
            Tell(reply, "items:1:mem_requested", store.Bytes);
            Tell(reply, "items:1:evicted", store.Statistics.Evictions);
        }
    }

    private static void Tell(ReplyWriter reply, string name, long value) => Tell(reply, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Tell(ReplyWriter reply, string name, string value) => reply.Line(Encoding.ASCII.GetBytes($"STAT {name} {value}"));
}
