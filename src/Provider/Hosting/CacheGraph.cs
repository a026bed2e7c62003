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
    // What is asked for to see whether somebody answers; entries' keys have a prefix and a hash.
    private static readonly byte[] s_noKey = "scopedcaching:health"u8.ToArray();

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BackendKind _kind;
    private readonly Lazy<EmbeddedMemcached> _ownEmbedded;
    private readonly IDataProtectionProvider _dataProtection;
    private LocalFile? _localFile;
    private readonly OperationPool _operations = new();
    private readonly Func<MemcachedOptions> _options;
    private readonly ServerPool? _servers;
    private readonly MemcachedClient? _client;
    private readonly ICacheStore _store;
    private readonly DataKeys _dataKeys;
    private readonly EnvelopeCodec _codec;

    public CacheGraph(
        IOptionsMonitor<MemcachedOptions> options,
        Backends backends,
        IDataProtectionProvider dataProtection,
        IKeyManager? keyManager,
        IMeterFactory meters,
        TimeProvider time,
        ILoggerFactory loggers,
        IEntryObserver? observer = null)
    {
        (_time, _logger) = (time, loggers.CreateLogger(typeof(MemcachedOptions).Namespace!));
        _options = () => options.CurrentValue;
        _dataProtection = dataProtection;
        var initial = options.CurrentValue;
        var metrics = new CacheMetrics(meters);
        _ownEmbedded = new Lazy<EmbeddedMemcached>(StartEmbedded);
        _kind = Backends.KindOf(initial);
        if (_kind is BackendKind.Memcached or BackendKind.Embedded)
        {
            _servers = new ServerPool(options, NodeOf);
            _client = new MemcachedClient(_servers, () => options.CurrentValue.ItemSizeLimit, time);
        }

        _store = _kind switch
        {
            BackendKind.Distributed => new DistributedStore(backends.DistributedCache(), static flags => ItemFlags.Of(flags).Window, _options, time, metrics),
            BackendKind.Null => new NullStore(),
            BackendKind.Own => backends.OwnStore(initial),
            _ => new MemcachedStore(_client!, metrics),
        };
        _dataKeys = new DataKeys(dataProtection, keyManager, time, metrics, _logger);
        _codec = new EnvelopeCodec(initial, _dataKeys, time, metrics, _logger);
        var keys = new SealedKeys(initial.KeySecret);
        var faults = new FaultPolicy(() => options.CurrentValue.OnFailure, metrics, time, _logger);

        if (_client is null)
        {
            Log.BackendUsed(_logger, Backend, _store.Capabilities);
        }

        var sealedStore = new SealedStore(_store, _codec, keys, faults, _options, metrics, time, observer);
        Sealed = sealedStore;
        Fresh = new FreshStore(sealedStore, time);
        Distributed = new MemcachedDistributedCache(Sealed, initial.Prefix, time);
    }

    /// <summary>The name of the backend in use.</summary>
    public string Backend => _kind switch
    {
        BackendKind.Own => _options().Backend!,
        BackendKind.Memcached when IsEmbedded(_options()) => nameof(BackendKind.Embedded),
        _ => _kind.ToString(),
    };

    public IMemcachedClient Client => _client ?? throw new MemcachedConfigurationException(
        $"There is no memcached to speak to, because 'Cache:Backend' is '{Backend}'. {nameof(IMemcachedClient)} needs the backend {CacheBackends.Memcached} or {CacheBackends.Embedded}.");

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public MemcachedDistributedCache Distributed { get; }

    /// <summary>Whether entries were met that another DataProtection key ring sealed.</summary>
    public bool ForeignKeyRingSeen => _codec.ForeignKeyRingSeen;

    /// <summary>Asks whoever stores the entries, and says who that is.</summary>
    /// <exception cref="MemcachedException">There was no answer.</exception>
    public async ValueTask<string> AskBackendAsync(CancellationToken cancellationToken)
    {
        if (_client is not null)
        {
            return $"memcached {await _client.VersionAsync(cancellationToken).ConfigureAwait(false)}";
        }

        var item = await _store.GetAsync(s_noKey, withValue: false, cancellationToken).ConfigureAwait(false);
        item.Release();
        return $"backend {Backend}";
    }

    public void Dispose()
    {
        _servers?.Dispose();
        _localFile?.Dispose();
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
        var embedded = options.Embedded ?? (IsEmbedded(options) ? _ownEmbedded.Value : null);
        return embedded is not null
            ? new Node("embedded", embedded.Transport, limits, _operations, _time, _logger)
            : new Node(options.Servers[0].ToString(), TransportOf(options.Servers[0], options.Timeout), limits, _operations, _time, _logger);
    }

    private bool IsEmbedded(MemcachedOptions options) => _kind == BackendKind.Embedded || options.Embedded is not null || options.Servers.Count == 0;

    private EmbeddedMemcached StartEmbedded()
    {
        Log.EmbeddedServerUsed(_logger);
        var server = new EmbeddedMemcached(timeProvider: _time);
        _localFile = _options().LocalPath is { } path ? new LocalFile(server, path, _dataProtection, _time, _logger) : null;
        return server;
    }

    private static SocketTransport TransportOf(MemcachedEndpoint endpoint, TimeSpan sendTimeout) => endpoint.UnixPath is { } path
        ? new SocketTransport(path, sendTimeout)
        : new SocketTransport(endpoint.Host, endpoint.Port, sendTimeout);
}
