using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Connections;

/// <summary>What a request is called in telemetry.</summary>
internal static class RequestNames
{
    public static RequestName Of(in MetaRequest request) => request switch
    {
        { Verb: Verb.Get, Lease: not null } => RequestName.Lease,
        { Verb: Verb.Get, Exptime: not null, Wanted: Wanted.Nothing } => RequestName.Touch,
        { Verb: Verb.Get, Exptime: not null } => RequestName.Gat,
        { Verb: Verb.Get } => RequestName.Get,
        { Verb: Verb.Set, Cas: not null } => RequestName.Cas,
        { Verb: Verb.Set, Mode: SetMode.Add } => RequestName.Add,
        { Verb: Verb.Set, Mode: SetMode.Replace } => RequestName.Replace,
        { Verb: Verb.Set, Mode: SetMode.Append } => RequestName.Append,
        { Verb: Verb.Set, Mode: SetMode.Prepend } => RequestName.Prepend,
        { Verb: Verb.Set } => RequestName.Set,
        { Verb: Verb.Delete } => RequestName.Delete,
        { Verb: Verb.Arithmetic, Decrement: true } => RequestName.Decr,
        { Verb: Verb.Arithmetic } => RequestName.Incr,
        { Verb: Verb.Stats } => RequestName.Stats,
        { Verb: Verb.Line, Line: "version" } => RequestName.Version,
        { Verb: Verb.Line } => RequestName.FlushAll,
        _ => RequestName.Raw,
    };
}
