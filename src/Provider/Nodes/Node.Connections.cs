using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <content>What the connections tell.</content>
internal sealed partial class Node : IConnectionOwner
{
    void IConnectionOwner.Answered() => _health.Answered();

    void IConnectionOwner.TimedOut() => _health.Failed(new MemcachedTimeoutException($"The server {Name} did not answer in time."));

    void IConnectionOwner.NoteLarge(ReadOnlySpan<byte> key) => _large.Add(LargeKeys.Fingerprint(key));

    void IConnectionOwner.Ended(MultiplexedConnection connection, Exception fault, bool isFailure)
    {
        _load.Remove(connection);
        lock (_lock)
        {
            if (ReferenceEquals(_connections[connection.Slot], connection))
            {
                Volatile.Write(ref _connections[connection.Slot], null);
            }

            if (_disposed || _isRetired)
            {
                return;
            }
        }

        if (connection.HasAnswered && isFailure)
        {
            Log.ConnectionLost(_logger, Name, fault.Message.TrimEnd('.'));
        }

        if (isFailure)
        {
            _health.Failed(fault);
        }
    }

    bool IConnectionOwner.TryRepeat(MultiplexedConnection connection, Operation operation, ReadOnlySpan<byte> unsent)
    {
        if (IsDown || !_journal.IsEmpty || ReconnectUnlessDisposed(connection.Slot, out var isNew) is not { } next)
        {
            return false;
        }

        var isAccepted = next.TryRepeat(operation, unsent);
        if (isNew)
        {
            next.Start();
        }

        return isAccepted;
    }

    private MultiplexedConnection? ReconnectUnlessDisposed(int slot, out bool isNew)
    {
        try
        {
            return Reconnect(slot, out isNew);
        }
        catch (ObjectDisposedException)
        {
            isNew = false;
            return null;
        }
    }
}
