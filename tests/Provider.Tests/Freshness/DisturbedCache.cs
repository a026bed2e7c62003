using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Freshness;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Freshness;

/// <summary>One process's fresh store over a transport of the test's, with a place between the layers where a test can come between two requests.</summary>
internal sealed class DisturbedCache : IDisposable
{
    private readonly ServerPool _servers;
    private readonly DataKeys _keys;

    public DisturbedCache(
        ITransport transport,
        TimeProvider clock,
        IDataProtectionProvider? protection = null,
        StoreCapabilities lacks = StoreCapabilities.None,
        Action<MemcachedOptions>? configure = null)
        : this(
            monitor => TestClient.Pool(monitor, _ => new Node("disturbed", transport, TestClient.Patient, new(), clock, NullLogger.Instance)),
            clock, new MemcachedOptions { Prefix = CacheProcess.Prefix }, protection, lacks, configure)
    {
    }

    /// <summary>On several servers.</summary>
    public DisturbedCache(EmbeddedServers servers, TimeProvider clock, Action<MemcachedOptions>? configure = null)
        : this(
            monitor => new ServerPool(
                monitor,
                static current => [.. current.Servers],
                (server, _) => new Node(server.ToString(), servers.TransportOf(server), TestClient.Patient, new(), clock, NullLogger.Instance),
                new ServiceNames(static _ => [], NullLogger.Instance),
                clock),
            clock, new MemcachedOptions { Prefix = CacheProcess.Prefix, Servers = [.. servers.Endpoints] }, protection: null, StoreCapabilities.None, configure)
    {
    }

    private DisturbedCache(
        Func<ChangingOptions, ServerPool> servers, TimeProvider clock, MemcachedOptions options, IDataProtectionProvider? protection, StoreCapabilities lacks, Action<MemcachedOptions>? configure)
    {
        Options = options;
        configure?.Invoke(Options);
        var metrics = CacheMetrics.Unlistened;
        _servers = servers(new ChangingOptions(Options));
        var client = new MemcachedClient(_servers, () => Options.ItemSizeLimit ?? 1 << 20, clock, keysAreSealed: true);
        _keys = new DataKeys(protection ?? new EphemeralDataProtectionProvider(), keyManager: null, clock, metrics, NullLogger.Instance);
        Store = new DisturbedStore(new MemcachedStore(client, metrics), lacks);
        Client = client;
        var sealedStore = new SealedStore(
            new JournaledStore(Store),
            new EnvelopeCodec(Options, _keys, clock, metrics, NullLogger.Instance),
            new SealedKeys(secret: null),
            new FaultPolicy(() => Options.OnFailure, metrics, clock, NullLogger.Instance),
            () => Options,
            metrics,
            clock);
        Sealed = sealedStore;
        Fresh = new FreshStore(sealedStore, clock);
    }

    public MemcachedOptions Options { get; }

    public DisturbedStore Store { get; }

    public IMemcachedClient Client { get; }

    public ServerSnapshot Servers => _servers.Current;

    public ISealedStore Sealed { get; }

    public IFreshStore Fresh { get; }

    public void Dispose()
    {
        _servers.Dispose();
        _keys.Dispose();
    }
}

/// <summary>A store that tells the test what it is about to be asked, and does what it is asked when the test is done.</summary>
internal sealed class DisturbedStore(ICacheStore inner, StoreCapabilities lacks) : ICacheStore
{
    /// <summary>Called before each request with its verb and key. What it throws, the request throws.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Called before the answer of a look is passed on.</summary>
    public Func<Task>? AfterLook { get; set; }

    /// <summary>Does something once, just before a request of this kind; of any key when there is none.</summary>
    public void Once(string verb, byte[]? key, Func<Task> act) => Before = async (asked, about) =>
    {
        if (IsMeant(verb, key, asked, about))
        {
            Before = null;
            await act();
        }
    };

    /// <summary>Requests of this kind are not answered.</summary>
    public void Fail(string verb, byte[] key) => Before = (asked, about) =>
        IsMeant(verb, key, asked, about) ? throw new MemcachedTimeoutException("No reply.") : Task.CompletedTask;

    public StoreCapabilities Capabilities => inner.Capabilities & ~lacks;

    public long LargestValue => inner.LargestValue;

    /// <summary>Requests for this key are refused at once, as where too many wait: no wait comes back that could be awaited.</summary>
    public byte[]? Refused { get; set; }

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken) =>
        Refused is { } refused && key.Span.SequenceEqual(refused) ? throw new MemcachedOverloadedException("Too many.") : ReadAsync(key, withValue, cancellationToken);

    private async ValueTask<StoredItem> ReadAsync(ReadOnlyMemory<byte> key, bool withValue, CancellationToken cancellationToken)
    {
        await TellAsync(withValue ? "get" : "look", key);
        var item = await inner.GetAsync(key, withValue, cancellationToken);
        if (!withValue && AfterLook is { } after)
        {
            AfterLook = null;
            await after();
        }

        return item;
    }

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        await TellAsync("many", default);
        return await inner.GetManyAsync(keys, cancellationToken);
    }

    public async ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken)
    {
        await TellAsync("lease", key);
        return await inner.GetOrLeaseAsync(key, lease, cancellationToken);
    }

    public async ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken)
    {
        await TellAsync("set", key);
        return await inner.SetAsync(key, write, cancellationToken);
    }

    public ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken) =>
        inner.SetManyAsync(items, cancellationToken);

    public async ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken)
    {
        await TellAsync("remove", key);
        return await inner.RemoveAsync(key, version, cancellationToken);
    }

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        await TellAsync("removes", default);
        return await inner.RemoveManyAsync(keys, cancellationToken);
    }

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life) => inner.Touch(key, life);

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken) =>
        inner.AddToCounterAsync(key, delta, life, cancellationToken);

    private static bool IsMeant(string verb, byte[]? key, string asked, string about) =>
        string.Equals(verb, asked, StringComparison.Ordinal) && (key is null || string.Equals(Encoding.ASCII.GetString(key), about, StringComparison.Ordinal));

    private Task TellAsync(string verb, ReadOnlyMemory<byte> key) => Before?.Invoke(verb, Encoding.ASCII.GetString(key.Span)) ?? Task.CompletedTask;
}

/// <summary>Lets requests through and keeps the replies back until told otherwise.</summary>
internal sealed class HeldReplies(ITransport inner) : ITransport
{
    private readonly object _gate = new();
    private bool _held;

    public void Hold() => Set(held: true);

    public void LetGo() => Set(held: false);

    public ILink Connect(TimeSpan timeout) => new Link(this, inner.Connect(timeout));

    private void Set(bool held)
    {
        lock (_gate)
        {
            _held = held;
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class Link(HeldReplies owner, ILink inner) : ILink
    {
        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            var count = inner.Receive(buffer, patience);
            lock (owner._gate)
            {
                while (owner._held && count > 0)
                {
                    Monitor.Wait(owner._gate);
                }
            }

            return count;
        }

        public void Send(ReadOnlySpan<byte> bytes) => inner.Send(bytes);

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>What the tests of freshness say often.</summary>
internal static class FreshWords
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>Reads as one who wants to create what is missing.</summary>
    public static ValueTask<FreshEntry<string>> ComeAsync(this IFreshStore store, EntryAddress address, EntryTags? tags = null) =>
        store.ReadOrLeaseAsync<string>(address, Naming(tags), Lease);

    public static EntryRead Naming(EntryTags? tags) => EntryRead.Default with { Tags = tags ?? EntryTags.None };

    public static EntryRead Naming(params string[] tags) => Naming(EntryTags.Of(tags));

    public static EntryWrite Tagged(params string[] tags) => new() { Tags = EntryTags.Of(tags) };

    /// <summary>The value, or the reason that there is none.</summary>
    public static async Task<string> SeeAsync(this IFreshStore store, EntryAddress address, params string[] tags)
    {
        var entry = await store.ReadAsync<string>(address, Naming(tags));
        return entry.Found ? entry.Value! : entry.Outcome.ToString();
    }

    /// <summary>By what the entry is known again.</summary>
    public static EntryStamp Stamp<T>(this FreshEntry<T> entry, TimeProvider clock) =>
        new(entry.Version, entry.Generations!, entry.Remaining is { } left ? clock.GetUtcNow() + left : null);

    public static async Task SetAsync(this IFreshStore store, EntryAddress address, string value, params string[] tags) =>
        Assert.Equal(WriteOutcome.Stored, await store.WriteAsync(address, value, Tagged(tags)));

    /// <summary>Where the generation stands: of the level, of a view ("v…"), of a tag ("t…").</summary>
    public static EntryAddress Generation(this EntryScope scope, string name = "") => new EntryScope(scope.Prefix, scope.Level + "~", scope.Isolation, scope.Id).Entry(name);

    public static byte[] GenerationKey(this EntryScope scope, string name = "") => scope.Generation(name).Wire(KeyDomain.Generation);
}
