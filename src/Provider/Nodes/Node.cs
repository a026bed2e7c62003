using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// One server: its connections, made at first use and made anew when they have ended, its health, and the removals that it has not got yet. Each key has a connection of its
/// own among them, so that what is asked of it arrives in order; large values have one apart, so that small ones do not wait behind them.
/// </summary>
internal sealed partial class Node : IDisposable
{
    private static readonly TimeSpan s_largeIdle = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ITransport _transport;
    private readonly ConnectionLimits _limits;
    private readonly OperationPool _operations;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RemovalJournal _journal;
    private readonly ServerTelemetry? _telemetry;
    private readonly NodeHealth _health;
    private readonly ServerLoad _load;
    private readonly LargeKeys _large = new();

    // The last is for large values.
    private readonly MultiplexedConnection?[] _connections;
    private readonly List<MultiplexedConnection> _probes = [];
    private bool _disposed;
    private bool _isRetired;

    /// <param name="name">The configured name.</param>
    /// <param name="transport">The way there.</param>
    /// <param name="limits">How long and how much callers wait.</param>
    /// <param name="operations">Shared by all servers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of changes of health.</param>
    /// <param name="journal">What the server has not got yet, from a former object for the same server.</param>
    /// <param name="telemetry">Who is told of requests.</param>
    public Node(
        string name, ITransport transport, ConnectionLimits limits, OperationPool operations, TimeProvider time, ILogger logger, RemovalJournal? journal = null, ServerTelemetry? telemetry = null)
    {
        (Name, _transport, _limits, _operations, _time, _logger) = (name, transport, limits, operations, time, logger);
        (_journal, _telemetry) = (journal ?? new RemovalJournal(), telemetry);
        _health = new NodeHealth(name, limits.FailureThreshold, time, logger, Probe);
        _load = new ServerLoad(limits.QueuedOperations, limits.QueuedBytes);
        _connections = new MultiplexedConnection?[limits.Connections + 1];
    }

    /// <summary>The configured name of the server.</summary>
    public string Name { get; }

    public NodeState State => _health.State;

    /// <summary>Whether the server is known not to answer: requests fail at once. Costs next to nothing to ask.</summary>
    public bool IsDown => !_health.IsUp;

    /// <summary>Sends a request over the connection of its key, which may still be connecting.</summary>
    /// <exception cref="MemcachedConnectionException">
    /// The server is down, or has not got all removals yet. A read of a <see cref="StoredItem"/> tells <see cref="StoredItem.Unreachable"/> instead, because reads are
    /// many and an exception costs more than all the rest of them.
    /// </exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        if (!_health.IsUp || !_journal.IsEmpty)
        {
            return RefuseAsync<TResult>(request, cancellationToken);
        }

        var slot = SlotOf(request);
        return Volatile.Read(ref _connections[slot]) is { IsBroken: false } standing
            && standing.TryExecute(request, wantsArray, cancellationToken, out ValueTask<TResult> wait)
                ? wait
                : ExecuteAnewAsync<TResult>(slot, request, wantsArray, cancellationToken);
    }

    /// <summary>Sends a request over a connection of its own, because the shape of its reply is unknown, or the shared ones are given up.</summary>
    public ValueTask<TResult> ExecuteAloneAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        if (!_journal.IsEmpty)
        {
            return RefuseAsync<TResult>(request, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var connection = new MultiplexedConnection(_transport, _limits, _operations, _time) { Telemetry = _telemetry };
        try
        {
            var wait = connection.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
            connection.Start();
            return EndAfterAsync(connection, wait);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Ends once everything in flight is answered. Who chose this server just before still gets an answer, over a connection of its own.
    /// </summary>
    public void Retire()
    {
        lock (_lock)
        {
            _isRetired = true;
            EndProbesUnderLock();
            Array.ForEach(_connections, static connection => connection?.Retire());
        }

        _health.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            EndProbesUnderLock();
            Array.ForEach(_connections, static connection => connection?.Dispose());
        }

        _health.Dispose();
    }

    private static async ValueTask<TResult> EndAfterAsync<TResult>(MultiplexedConnection connection, ValueTask<TResult> wait)
    {
        using (connection)
        {
            return await wait.ConfigureAwait(false);
        }
    }

    private ValueTask<TResult> ExecuteAnewAsync<TResult>(int slot, in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        // The second time for one that ended just now: nothing became of the request yet.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var connection = Reconnect(slot, out var isNew);
            if (connection is null)
            {
                return ExecuteAloneAsync<TResult>(request, wantsArray, cancellationToken);
            }

            try
            {
                if (connection.TryExecute(request, wantsArray, cancellationToken, out ValueTask<TResult> wait))
                {
                    return wait;
                }
            }
            finally
            {
                // Now, so that this request is told what becomes of the connection.
                if (isNew)
                {
                    connection.Start();
                }
            }
        }

        throw (_health.LastFault as MemcachedLinkException)?.Again()
            ?? new MemcachedConnectionException($"Connections to the server {Name} end as soon as they are opened.", _health.LastFault);
    }

    private ValueTask<TResult> RefuseAsync<TResult>(in MetaRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Remembered by another object for the same server, perhaps, which is gone.
        DeliverSoon();
        if (typeof(TResult) == typeof(StoredItem) && request.Verb == Verb.Get)
        {
            var unreachable = StoredItem.Unreachable;
            return new ValueTask<TResult>(Unsafe.As<StoredItem, TResult>(ref unreachable));
        }

        // What somebody has to set up is told to everyone, as it is.
        throw _health.LastFault is MemcachedLinkException refusal ? refusal.Again()
            : new MemcachedConnectionException($"The server {Name} cannot be reached{(_health.LastFault is { } last ? $" ({last.Message.TrimEnd('.')})" : "")}, and it is too early to try again.", _health.LastFault);
    }

    /// <summary>Which of the connections a request goes over.</summary>
    private int SlotOf(in MetaRequest request) =>
        _connections.Length == 2 && request.Value.Length <= ConnectionLimits.LargeValue && !_large.IsUsed ? 0 : SlotByKey(request.Key, request.Value.Length);

    private int SlotByKey(ReadOnlySpan<byte> key, int valueLength)
    {
        if (key.IsEmpty)
        {
            return 0;
        }

        // A key that had a large value stays there, so that what is asked of it arrives in order.
        var fingerprint = LargeKeys.Fingerprint(key);
        var shared = _connections.Length - 1;
        if (valueLength > ConnectionLimits.LargeValue)
        {
            _large.Add(fingerprint);
            return shared;
        }

        return _large.IsUsed && _large.Contains(fingerprint) ? shared : (int)(fingerprint % (ulong)shared);
    }

    /// <summary>The connection to use, a new one if need be; null: none any more that others share.</summary>
    private MultiplexedConnection? Reconnect(int slot, out bool isNew)
    {
        isNew = false;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connections[slot] is { IsBroken: false } connection)
            {
                return connection;
            }

            if (_isRetired)
            {
                return null;
            }

            connection = new MultiplexedConnection(_transport, _limits, _operations, _time)
            {
                Owner = this,
                Slot = slot,
                Load = _load,
                Telemetry = _telemetry,
                IdleLimit = slot == _connections.Length - 1 ? s_largeIdle : null,
            };
            _load.Add(connection);
            Volatile.Write(ref _connections[slot], connection);
            isNew = true;
            return connection;
        }
    }
}
