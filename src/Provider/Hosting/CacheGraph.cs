using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Distributed;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Freshness;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Every object of the provider and what it is made of, from the socket up to the caches.</summary>
internal sealed class CacheGraph : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lazy<EmbeddedMemcached> _ownEmbedded;
    private readonly OperationPool _operations = new();
    private readonly ServerPool _servers;
    private readonly DataKeys _dataKeys;
    private readonly EnvelopeCodec _codec;

    public CacheGraph(
        IOptionsMonitor<MemcachedOptions> options,
        IDataProtectionProvider dataProtection,
        IKeyManager? keyManager,
        IMeterFactory meters,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        (_time, _logger) = (time, loggers.CreateLogger(typeof(MemcachedOptions).Namespace!));
        var initial = options.CurrentValue;
        var metrics = new CacheMetrics(meters);
        _ownEmbedded = new Lazy<EmbeddedMemcached>(StartEmbedded);
        _servers = new ServerPool(options, NodeOf);
        var client = new MemcachedClient(_servers, () => options.CurrentValue.ItemSizeLimit, time);
        var store = new MemcachedStore(client, metrics);
        _dataKeys = new DataKeys(dataProtection, keyManager, time, metrics, _logger);
        _codec = new EnvelopeCodec(initial, _dataKeys, time, metrics, _logger);
        var keys = new SealedKeys(initial.KeySecret);
        var faults = new FaultPolicy(() => options.CurrentValue.OnFailure, metrics, time, _logger);

        Client = client;
        var sealedStore = new SealedStore(store, _codec, keys, faults, () => options.CurrentValue, metrics, time);
        Sealed = sealedStore;
        Fresh = new FreshStore(sealedStore, time);
        Distributed = new MemcachedDistributedCache(Sealed, initial.Prefix, time);
    }

    public IMemcachedClient Client { get; }

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public MemcachedDistributedCache Distributed { get; }

    /// <summary>Whether entries were met that another DataProtection key ring sealed.</summary>
    public bool ForeignKeyRingSeen => _codec.ForeignKeyRingSeen;

    public void Dispose()
    {
        _servers.Dispose();
        if (_ownEmbedded.IsValueCreated)
        {
            _ownEmbedded.Value.Dispose();
        }

        _dataKeys.Dispose();
    }

    private Node NodeOf(MemcachedOptions options)
    {
        var limits = new ConnectionLimits
        {
            ConnectTimeout = options.ConnectTimeout,
            Timeout = options.Timeout,
            QueuedOperations = options.MaxQueuedOperations,
            QueuedBytes = options.MaxQueuedBytes,
        };

        // Validation lets no servers at all pass in Development only. Servers may come and go while the application runs.
        var embedded = options.Embedded ?? (options.Servers.Count == 0 ? _ownEmbedded.Value : null);
        return embedded is not null
            ? new Node("embedded", embedded.Transport, limits, _operations, _time, _logger)
            : new Node(options.Servers[0].ToString(), TransportOf(options.Servers[0], options.Timeout), limits, _operations, _time, _logger);
    }

    private EmbeddedMemcached StartEmbedded()
    {
        Log.EmbeddedServerUsed(_logger);
        return new EmbeddedMemcached(timeProvider: _time);
    }

    private static SocketTransport TransportOf(MemcachedEndpoint endpoint, TimeSpan sendTimeout) => endpoint.UnixPath is { } path
        ? new SocketTransport(path, sendTimeout)
        : new SocketTransport(endpoint.Host, endpoint.Port, sendTimeout);
}
