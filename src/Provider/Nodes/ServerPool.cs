using Microsoft.Extensions.Options;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// The servers in use. Readers take the published snapshot; a change of the options, or of what a name stands for, publishes another. Servers that stay keep their nodes with their connections and
/// health, and those left behind end once everything in flight on them is answered.
/// </summary>
internal sealed class ServerPool : IDisposable
{
    // A name that stands for nothing yet is asked for again soon.
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Func<MemcachedOptions, IReadOnlyList<MemcachedEndpoint>> _servers;
    private readonly Func<MemcachedEndpoint, MemcachedOptions, Node> _create;
    private readonly ServiceNames _names;
    private readonly IDisposable? _subscription;
    private readonly ITimer _discovery;
    private MemcachedOptions _options;
    private Settings _settings;
    private ServerSnapshot _current;
    private bool _disposed;

    /// <param name="options">The options in force.</param>
    /// <param name="servers">The servers they tell; names may stand for many (<see cref="ServerDiscovery.Dns"/>).</param>
    /// <param name="create">Makes the node of a server.</param>
    /// <param name="names">Tells what names stand for.</param>
    /// <param name="time">When names are asked for again.</param>
    public ServerPool(
        IOptionsMonitor<MemcachedOptions> options,
        Func<MemcachedOptions, IReadOnlyList<MemcachedEndpoint>> servers,
        Func<MemcachedEndpoint, MemcachedOptions, Node> create,
        ServiceNames names,
        TimeProvider time)
    {
        (_servers, _create, _names) = (servers, create, names);
        _current = new ServerSnapshot([], [], failoverLife: null);
        _options = options.CurrentValue;
        _settings = Settings.Of(_options);
        _discovery = ProcessWork.Begin(() => time.CreateTimer(static pool => ((ServerPool)pool!).Discover(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        lock (_lock)
        {
            PublishUnderLock(_options);
        }

        _subscription = options.OnChange(Change);
    }

    public ServerSnapshot Current => Volatile.Read(ref _current);

    /// <summary>What the current thread asks until <see cref="SendGathered"/>, of whichever servers, is sent together. Nothing is awaited in between.</summary>
    public static void Gather() => SendBatch.Begin();

    /// <summary>What is asked next is the last, and what its caller waits for.</summary>
    public static void GatherLast() => SendBatch.Last();

    public static void SendGathered() => SendBatch.End();

    public void Dispose()
    {
        _subscription?.Dispose();
        _discovery.Dispose();
        lock (_lock)
        {
            _disposed = true;
            Array.ForEach(_current.Nodes, static node => node.Dispose());
        }
    }

    private void Change(MemcachedOptions options)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                PublishUnderLock(options);
            }
        }
    }

    private void Discover()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                PublishUnderLock(_options);
            }
        }
    }

    private void PublishUnderLock(MemcachedOptions options)
    {
        var former = _current;
        var isDns = options.Discovery == ServerDiscovery.Dns;
        var endpoints = isDns ? _names.Resolve(_servers(options)) : _servers(options);
        var settings = Settings.Of(options);
        TimeSpan? failoverLife = options.OnDeadServer == OnDeadServer.NextServer ? options.FailoverLife : null;
        if (settings != _settings || failoverLife != former.FailoverLife || !endpoints.SequenceEqual(former.Endpoints))
        {
            Node[] nodes = [.. endpoints.Select(endpoint => Keep(endpoint) ?? _create(endpoint, options))];
            Volatile.Write(ref _current, new ServerSnapshot(endpoints, nodes, failoverLife));
            Array.ForEach([.. former.Nodes.Except(nodes)], static node => node.Retire());
        }

        (_options, _settings) = (options, settings);
        _discovery.Change(!isDns ? Timeout.InfiniteTimeSpan : endpoints.Count > 0 ? options.DiscoveryInterval : s_soon, Timeout.InfiniteTimeSpan);

        // A server whose share alone has changed is the same server.
        Node? Keep(MemcachedEndpoint endpoint)
        {
            for (var i = 0; settings == _settings && i < former.Nodes.Length; i++)
            {
                if (former.Endpoints[i] with { Weight = endpoint.Weight } == endpoint)
                {
                    return former.Nodes[i];
                }
            }

            return null;
        }
    }

    /// <summary>What of the options a node is made of, beside its endpoint.</summary>
    private sealed record Settings(TimeSpan ConnectTimeout, TimeSpan Timeout, int QueuedOperations, int QueuedBytes, int Connections, int FailureThreshold, Credentials? Credentials, TlsSettings? Tls)
    {
        public static Settings Of(MemcachedOptions options) =>
            new(options.ConnectTimeout, options.Timeout, options.MaxQueuedOperations, options.MaxQueuedBytes, options.ConnectionsPerServer, options.FailureThreshold,
                Credentials.Of(options), TlsSettings.Of(options));
    }
}
