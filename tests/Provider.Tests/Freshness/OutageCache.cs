using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Freshness;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Freshness;

/// <summary>One process's fresh store made of the parts that the product makes it of, over a way to the server that the test can cut.</summary>
internal sealed class OutageCache : IDisposable
{
    private readonly ServerPool _servers;
    private readonly DataKeys _keys;

    public OutageCache(ITransport transport, ConnectionLimits? limits = null)
    {
        var (options, metrics, clock) = (new MemcachedOptions { Prefix = CacheProcess.Prefix }, CacheMetrics.Unlistened, TimeProvider.System);
        var (monitor, operations, journals) = (new ChangingOptions(options), new OperationPool(), new RemovalJournals(NullLogger.Instance));
        Way = new CuttableTransport(transport);
        _servers = TestClient.Pool(
            monitor, _ => new Node("server", Way, limits ?? TestClient.Patient, operations, clock, NullLogger.Instance, journals.Of("server")));
        var client = new MemcachedClient(_servers, () => options.ItemSizeLimit ?? 1 << 20, clock);
        _keys = new DataKeys(new EphemeralDataProtectionProvider(), keyManager: null, clock, metrics, NullLogger.Instance);
        Options = monitor;
        Client = client;
        Store = new MemcachedStore(client, metrics);
        var sealedStore = new SealedStore(
            Store,
            new EnvelopeCodec(options, _keys, clock, metrics, NullLogger.Instance),
            new SealedKeys(secret: null),
            new FaultPolicy(() => options.OnFailure, metrics, clock, NullLogger.Instance),
            () => options,
            metrics,
            clock);
        Sealed = sealedStore;
        Fresh = new FreshStore(sealedStore, clock);
    }

    public CuttableTransport Way { get; }

    public ChangingOptions Options { get; }

    public IMemcachedClient Client { get; }

    public ICacheStore Store { get; }

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public Node Node => _servers.Current.Only!;

    public void Dispose()
    {
        _servers.Dispose();
        _keys.Dispose();
    }
}
