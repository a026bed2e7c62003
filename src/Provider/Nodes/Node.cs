using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// One server: its connection, made at first use and made anew when it has ended. After a connection that never answered the next attempt waits,
/// longer each time, and callers fail at once meanwhile. The wait stays short enough that service resumes within a second of the server's return.
/// </summary>
internal sealed class Node(
    string name, ITransport transport, ConnectionLimits limits, OperationPool operations, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private MultiplexedConnection? _connection;
    private Exception? _lastFault;
    private int _failures;
    private long _retryAt;
    private bool _disposed;
    private bool _isRetired;

    /// <summary>The configured name of the server.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it is no use to try just now.</summary>
    public bool IsDown => Volatile.Read(ref _failures) > 0 && time.GetTimestamp() < Volatile.Read(ref _retryAt);

    /// <summary>Remembers that what is stored here under a key must go before anything is read; false when no more can be remembered.</summary>
    public bool Remember(ReadOnlySpan<byte> key, bool usesReserve = false) => (key.Length > 0 || usesReserve) && !_isRetired;

    /// <summary>Sends a request over the connection all callers share, which may still be connecting.</summary>
    /// <exception cref="MemcachedConnectionException">The server could not be reached just now, and it is too early to try again.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _connection) is { IsBroken: false } standing)
        {
            return standing.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
        }

        var connection = Reconnect(out var isNew);
        if (connection is null)
        {
            return ExecuteAloneAsync<TResult>(request, wantsArray, cancellationToken);
        }

        try
        {
            return connection.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
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

    /// <summary>Sends a request over a connection of its own, because the shape of its reply is unknown, or the shared one is given up.</summary>
    public ValueTask<TResult> ExecuteAloneAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = new MultiplexedConnection(transport, limits, operations, time);
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
            _connection?.Retire();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _connection?.Dispose();
        }
    }

    private static async ValueTask<TResult> EndAfterAsync<TResult>(MultiplexedConnection connection, ValueTask<TResult> wait)
    {
        using (connection)
        {
            return await wait.ConfigureAwait(false);
        }
    }

    /// <summary>The connection to use, a new one if need be; null: none any more that others share.</summary>
    private MultiplexedConnection? Reconnect(out bool isNew)
    {
        isNew = false;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsBroken: false } connection)
            {
                return connection;
            }

            if (_isRetired)
            {
                return null;
            }

            // One that never answered sets the pause when it has ended, which it is about to do.
            var isFailing = _connection is { HasAnswered: false };
            if (isFailing || (_failures > 0 && time.GetTimestamp() < _retryAt))
            {
                throw new MemcachedConnectionException($"The server {Name} cannot be reached, and it is too early to try again.", _lastFault);
            }

            connection = new MultiplexedConnection(transport, limits, operations, time) { Ended = OnEnded };
            _connection = connection;
            isNew = true;
            return connection;
        }
    }

    private void OnEnded(MultiplexedConnection connection, Exception fault)
    {
        int failures;
        lock (_lock)
        {
            if (_disposed || _isRetired)
            {
                return;
            }

            if (ReferenceEquals(_connection, connection))
            {
                _connection = null;
            }

            _lastFault = fault;
            _failures = failures = connection.HasAnswered ? 0 : _failures + 1;
            if (failures > 0)
            {
                _retryAt = time.GetTimestamp() + (long)(Pause(failures).TotalSeconds * time.TimestampFrequency);
            }
        }

        if (failures == 0)
        {
            Log.ConnectionLost(logger, Name, fault.Message);
        }
        else if (failures == 1)
        {
            Log.ConnectionRefused(logger, Name, fault.Message);
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var doubled = s_firstPause * Math.Pow(2, Math.Min(failures - 1, 10));
        return doubled < s_longestPause ? doubled : s_longestPause;
    }
}
