namespace ScopedCaching.Memcached.Nodes;

/// <summary>How a server is, as far as this process knows.</summary>
internal enum NodeState
{
    /// <summary>It is asked.</summary>
    Up,

    /// <summary>It is not asked: it failed several times in a row. Now and then a request of our own looks whether it answers again.</summary>
    Down,

    /// <summary>It is not asked yet: what is in its journal is sent first.</summary>
    Recovering,
}
