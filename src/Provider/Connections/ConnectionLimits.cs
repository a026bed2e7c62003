namespace ScopedCaching.Memcached.Connections;

/// <summary>How long and how much a connection lets its callers wait.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>Values above so many bytes go over a connection of their own.</summary>
    public const int LargeValue = 64 << 10;

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Of all connections to the server together.</summary>
    public required int QueuedOperations { get; init; }

    /// <summary>Of all connections to the server together.</summary>
    public required int QueuedBytes { get; init; }

    /// <summary>How many connections callers share, each key always the same one.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>After how many failures in a row the server is down.</summary>
    public int FailureThreshold { get; init; } = 3;
}
