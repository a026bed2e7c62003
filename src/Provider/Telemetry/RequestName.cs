namespace ScopedCaching.Memcached.Telemetry;

/// <summary>What a request is called in metrics and spans: by memcached's own word for it.</summary>
internal enum RequestName : byte
{
    Get,
    Gat,
    Touch,

    /// <summary>A get that creates what is absent, so that one of those who ask knows that it is to make the value.</summary>
    Lease,
    Set,
    Add,
    Replace,
    Append,
    Prepend,
    Cas,
    Delete,
    Incr,
    Decr,
    Stats,
    Version,
    FlushAll,

    /// <summary>Whatever a caller of the raw client wrote.</summary>
    Raw,
}
