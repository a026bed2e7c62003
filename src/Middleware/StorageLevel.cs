namespace ScopedCaching;

/// <summary>Determines who shares a cache.</summary>
public enum StorageLevel
{
    /// <summary>The request's customer (tenant). The level of most endpoints.</summary>
    Stack,

    /// <summary>One session of one user of one customer. Cannot be the default level.</summary>
    Session,

    /// <summary>The whole service: every customer reads the same entries.</summary>
    Service,
}
