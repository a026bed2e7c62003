using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <content>What is told to whoever collects figures.</content>
internal sealed partial class Node
{
    /// <summary>How it is just now; null where nobody is told.</summary>
    public ServerReading? Reading => _telemetry is null ? null : new ServerReading(_telemetry, StateName, _connections.Count(static connection => connection is { IsBroken: false }));

    private string StateName => State switch
    {
        NodeState.Up => ServerReading.Up,
        NodeState.Down => ServerReading.Down,
        _ => ServerReading.Recovering,
    };
}
