namespace ScopedCaching.Memcached.Connections;

/// <summary>When a request may be sent a second time because its connection ended.</summary>
internal enum Repeat : byte
{
    /// <summary>It might take effect twice.</summary>
    Never,

    /// <summary>Only while none of it was sent.</summary>
    Unsent,

    /// <summary>It changes nothing.</summary>
    Always,
}
