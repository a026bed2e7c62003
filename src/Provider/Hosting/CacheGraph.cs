using System.Diagnostics.Metrics;
using System.Net;
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
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Every object of the provider and what it is made of, from the socket up to the caches.</summary>
internal sealed class CacheGraph : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BackendKind _kind;
    private readonly Lazy<EmbeddedMemcached> _ownEmbedded;
    private readonly IDataProtectionProvider _dataProtection;
    private LocalFile? _localFile;
    private readonly OperationPool _operations = new();
    private readonly ItemLimit _itemLimit = new();
    private readonly IDisposable? _limits;
    private readonly RemovalJournals _journals;
    private readonly RequestMetrics _requests;
    private readonly Func<MemcachedOptions> _options;
    private readonly ServerPool? _servers;
    private readonly MemcachedClient? _client;
    private readonly ServerPool? _formerServers;
    private readonly DataKeys _dataKeys;

    public CacheGraph(
        IOptionsMonitor<MemcachedOptions> options,
        Backends backends,
        IDataProtectionProvider dataProtection,
        IKeyManager? keyManager,
        IMeterFactory meters,
        TimeProvider time,
        ILoggerFactory loggers,
        IEntryObserver? observer = null,
        string name = "")
    {
        (_time, _logger) = (time, loggers.CreateLogger(typeof(MemcachedOptions).Namespace!));
        (_journals, _requests) = (new RemovalJournals(_logger), new RequestMetrics(meters, time, name));
        _options = () => options.CurrentValue;
        _dataProtection = dataProtection;
        var initial = options.CurrentValue;
        var metrics = new CacheMetrics(meters, name);
        _ownEmbedded = new Lazy<EmbeddedMemcached>(StartEmbedded);
        _kind = Backends.KindOf(initial);
        Func<int> itemLimit = () => _itemLimit.Within(options.CurrentValue.ItemSizeLimit);
        if (_kind is BackendKind.Memcached or BackendKind.Embedded)
        {
            _servers = new ServerPool(options, ServersOf, (server, current) => NodeOf(server, current, _itemLimit), Names(), time);
            _client = new MemcachedClient(_servers, itemLimit, time, section: initial.Section);
        }

        // After the servers themselves have changed: what those told that are gone no longer counts.
        _limits = options.OnChange(_ => _itemLimit.Keep([.. _servers?.Current.Nodes.Select(static node => node.Name) ?? []]));
        var journal = new RemovalJournal();
        ICacheStore store = _kind switch
        {
            BackendKind.Distributed => new JournaledStore(new DistributedStore(backends.DistributedCache(initial), static flags => ItemFlags.Of(flags).Window, _options, time, metrics, journal), journal),
            BackendKind.Null => new NullStore(),
            BackendKind.Own => new JournaledStore(backends.OwnStore(initial)),
            _ => new MemcachedStore(new MemcachedClient(_servers!, itemLimit, time, keysAreSealed: true, initial.Section), metrics),
        };
        if (_kind == BackendKind.Memcached && initial.Fallback.Servers.Count > 0)
        {
            // What they take does not matter: nothing is stored there any more.
            _formerServers = new ServerPool(new FallbackOptions(options), static current => [.. current.Servers], (server, current) => NodeOf(server, current, new ItemLimit()), Names(), time);
            var former = new MemcachedStore(new MemcachedClient(_formerServers, static () => int.MaxValue, time, keysAreSealed: true), metrics);
            store = new FallbackStore(store, new FormerServers(former, () => options.CurrentValue.Fallback.Servers.Count > 0, time, metrics, _logger), metrics);
        }

        _dataKeys = new DataKeys(dataProtection, keyManager, time, metrics, _logger);
        var codec = new EnvelopeCodec(initial, _dataKeys, time, metrics, _logger);
        var keys = new SealedKeys(initial.KeySecret);
        var faults = new FaultPolicy(() => options.CurrentValue.OnFailure, metrics, time, _logger);

        if (_client is null)
        {
            Log.BackendUsed(_logger, Backend, store.Capabilities);
        }

        var sealedStore = new SealedStore(store, codec, keys, faults, _options, metrics, time, observer);
        Sealed = sealedStore;
        Fresh = new FreshStore(sealedStore, time);
        Distributed = new MemcachedDistributedCache(Sealed, initial.Prefix, time);
        Health = new BackendHealth(() => Backend, _client, store, _journals, () => codec.ForeignKeyRingSeen, _options, time);
        ServerMetrics.Observe(meters, () => _servers?.Current.Readings ?? [], () => Health.Undelivered, name);
    }

    /// <summary>The name of the backend in use.</summary>
    public string Backend => _kind switch
    {
        BackendKind.Own => _options().Backend!,
        BackendKind.Memcached when IsEmbedded(_options()) => nameof(BackendKind.Embedded),
        _ => _kind.ToString(),
    };

    public IMemcachedClient Client => _client ?? throw new MemcachedConfigurationException(
        $"There is no memcached to connect to, because '{_options().Section}:Backend' is '{Backend}'. {nameof(IMemcachedClient)} needs the backend {CacheBackends.Memcached} or {CacheBackends.Embedded}.");

    /// <summary>The memcached servers; null on another backend.</summary>
    public ServerPool? Servers => _servers;

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public MemcachedDistributedCache Distributed { get; }

    /// <summary>Asks whoever stores the entries.</summary>
    public BackendHealth Health { get; }

    public void Dispose()
    {
        _limits?.Dispose();
        _servers?.Dispose();
        _formerServers?.Dispose();
        _localFile?.Dispose();
        if (_ownEmbedded.IsValueCreated)
        {
            _ownEmbedded.Value.Dispose();
        }

        _dataKeys.Dispose();
    }

    // Validation lets no servers at all pass in Development only. Servers may come and go while the application runs.
    private IReadOnlyList<MemcachedEndpoint> ServersOf(MemcachedOptions options) =>
        IsEmbedded(options) ? [MemcachedEndpoint.Of(options.Embedded ?? _ownEmbedded.Value, "embedded")] : [.. options.Servers];

    private ServiceNames Names() => new(Dns.GetHostAddresses, _logger);

    private Node NodeOf(MemcachedEndpoint server, MemcachedOptions options, ItemLimit limit)
    {
        var limits = new ConnectionLimits
        {
            ConnectTimeout = options.ConnectTimeout,
            Timeout = options.Timeout,
            QueuedOperations = options.MaxQueuedOperations,
            QueuedBytes = options.MaxQueuedBytes,
            Connections = options.ConnectionsPerServer,
            FailureThreshold = options.FailureThreshold,
        };

        var transport = server.InProcess is { } embedded ? Links.To(server.ToString(), embedded, limit, _logger) : Links.To(server, options, limit, _logger);
        return new Node(server.ToString(), transport, limits, _operations, _time, _logger, _journals.Of(server.ToString()), _requests.Of(server));
    }

    private bool IsEmbedded(MemcachedOptions options) => _kind == BackendKind.Embedded || options.Embedded is not null || options.Servers.Count == 0;

    private EmbeddedMemcached StartEmbedded()
    {
        Log.EmbeddedServerUsed(_logger);
        var server = new EmbeddedMemcached(timeProvider: _time);
        _localFile = _options().LocalPath is { } path ? new LocalFile(server, path, _dataProtection, _time, _logger) : null;
        return server;
    }
}
