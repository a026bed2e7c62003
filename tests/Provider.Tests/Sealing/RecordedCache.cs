using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Distributed;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Sealing;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Sealing;

/// <summary>The provider over a link that remembers every byte: for tests of what an operation costs on the wire, and what it shows there.</summary>
internal sealed class RecordedCache : IDisposable
{
    private readonly ServerPool _servers;
    private readonly DataKeys _keys;

    public RecordedCache(ITransport inner, TimeProvider clock, Action<MemcachedOptions>? configure = null)
    {
        var options = new MemcachedOptions { Prefix = CacheProcess.Prefix, Timeout = TimeSpan.FromSeconds(10) };
        configure?.Invoke(options);
        Wire = new RecordingTransport(inner);
        var limits = new ConnectionLimits
        {
            ConnectTimeout = options.ConnectTimeout,
            Timeout = options.Timeout,
            QueuedOperations = options.MaxQueuedOperations,
            QueuedBytes = options.MaxQueuedBytes,
        };
        var metrics = CacheMetrics.Unlistened;
        _servers = TestClient.Pool(new FixedOptions(options), _ => new Node("recorded", Wire, limits, new OperationPool(), clock, NullLogger.Instance));
        var client = new MemcachedClient(_servers, () => options.ItemSizeLimit ?? 1 << 20, clock);
        _keys = new DataKeys(new EphemeralDataProtectionProvider(), keyManager: null, clock, metrics, NullLogger.Instance);
        Client = client;
        Sealed = new SealedStore(
            new MemcachedStore(client, metrics),
            new EnvelopeCodec(options, _keys, clock, metrics, NullLogger.Instance),
            new SealedKeys(options.KeySecret),
            new FaultPolicy(() => options.OnFailure, metrics, clock, NullLogger.Instance),
            () => options,
            metrics,
            clock);
        Distributed = new MemcachedDistributedCache(Sealed, options.Prefix, clock);
    }

    public RecordingTransport Wire { get; }

    public IMemcachedClient Client { get; }

    public ISealedStore Sealed { get; }

    public MemcachedDistributedCache Distributed { get; }

    /// <summary>
    /// Waits until what was sent without waiting for an answer has arrived: the server answers this request after it. Not among the recorded
    /// requests.
    /// </summary>
    public async Task SettleAsync() => await Client.GetAsync(RecordingTransport.Settling);

    /// <summary>The verbs of the requests sent so far, in order.</summary>
    public async Task<string> VerbsAsync()
    {
        await SettleAsync();
        return string.Join(' ', Wire.Requests.Select(line => line.Split(' ')[0]));
    }

    public void Dispose()
    {
        _servers.Dispose();
        _keys.Dispose();
    }

    private sealed class FixedOptions(MemcachedOptions options) : IOptionsMonitor<MemcachedOptions>
    {
        public MemcachedOptions CurrentValue => options;

        public MemcachedOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<MemcachedOptions, string?> listener) => null;
    }
}

/// <summary>Remembers what goes over its links.</summary>
internal sealed class RecordingTransport(ITransport inner) : ITransport
{
    public const string Settling = "settling";

    private readonly Lock _lock = new();
    private readonly List<byte> _sent = [];
    private readonly List<byte> _received = [];

    /// <summary>The sent request lines, without the values behind them. Complete once settled.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            var sent = Sent;
            var lines = new List<string>();
            for (var at = 0; at < sent.Length;)
            {
                var end = sent.AsSpan(at).IndexOf("\r\n"u8) + at;
                var line = Encoding.Latin1.GetString(sent, at, end - at);
                lines.Add(line);
                at = end + 2;
                if (line.StartsWith("ms ", StringComparison.Ordinal))
                {
                    at += int.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) + 2;
                }
            }

            return [.. lines.Where(line => !line.StartsWith("mg " + Settling, StringComparison.Ordinal))];
        }
    }

    public byte[] Sent
    {
        get
        {
            lock (_lock)
            {
                return [.. _sent];
            }
        }
    }

    public int BytesMoved
    {
        get
        {
            lock (_lock)
            {
                return _sent.Count + _received.Count;
            }
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _sent.Clear();
            _received.Clear();
        }
    }

    public ILink Connect(TimeSpan timeout) => new Link(this, inner.Connect(timeout));

    private sealed class Link(RecordingTransport owner, ILink inner) : ILink
    {
        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            var count = inner.Receive(buffer, patience);
            lock (owner._lock)
            {
                owner._received.AddRange(buffer[..Math.Max(count, 0)]);
            }

            return count;
        }

        public void Send(ReadOnlySpan<byte> bytes)
        {
            lock (owner._lock)
            {
                owner._sent.AddRange(bytes);
            }

            inner.Send(bytes);
        }

        public void Dispose() => inner.Dispose();
    }
}
