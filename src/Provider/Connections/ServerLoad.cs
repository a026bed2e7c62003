namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// What waits for one server over all its connections: the bounds are the server's. A connection that holds little of them asks nobody; what all may hold so
/// is set aside, so that the sum stays within the bounds.
/// </summary>
internal sealed class ServerLoad(int mostOperations, int mostBytes)
{
    // Of two, the second costs less to look at than to set anything aside for.
    private const int AskedAlways = 2;

    private readonly Lock _lock = new();
    private Share _share = new([], 0, 0, mostOperations, mostBytes);

    public void Add(MultiplexedConnection connection) => Change(connections => [.. connections, connection]);

    public void Remove(MultiplexedConnection connection) => Change(connections => [.. connections.Where(other => !ReferenceEquals(other, connection))]);

    /// <summary>Whether one more request may wait; a single one may, whatever its size.</summary>
    public bool HasRoom(MultiplexedConnection asking, int valueLength)
    {
        var share = Volatile.Read(ref _share);
        if (asking.WaitingOperations < share.FreeOperations && asking.WaitingBytes + valueLength < share.FreeBytes)
        {
            return true;
        }

        long operations = 0;
        long bytes = valueLength;
        foreach (var connection in share.Connections)
        {
            operations += connection.WaitingOperations;
            bytes += connection.WaitingBytes;
        }

        return operations == 0 || (operations < share.Operations && bytes <= share.Bytes);
    }

    private void Change(Func<MultiplexedConnection[], MultiplexedConnection[]> change)
    {
        lock (_lock)
        {
            var connections = change(_share.Connections);
            var parts = 4 * connections.Length;
            var (operations, bytes) = connections.Length > AskedAlways ? (mostOperations / parts, mostBytes / parts) : (0, 0);
            Volatile.Write(ref _share, new Share(
                connections, operations, bytes, mostOperations - (operations * connections.Length), mostBytes - (bytes * connections.Length)));
        }
    }

    /// <summary>What each may hold without asking, and what all may hold when asked.</summary>
    private sealed record Share(MultiplexedConnection[] Connections, int FreeOperations, int FreeBytes, int Operations, int Bytes);
}
