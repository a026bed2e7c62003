namespace ScopedCaching.Memcached.Connections;

/// <summary>How long and how much a connection lets its callers wait.</summary>
internal sealed record ConnectionLimits
{
    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int QueuedOperations { get; init; }

    public required int QueuedBytes { get; init; }
}
