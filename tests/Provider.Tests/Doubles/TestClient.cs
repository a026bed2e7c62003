using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Doubles;

/// <summary>The raw client over any transport, made of the parts the product makes it of.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly ServerPool _servers;

    public TestClient(
        ITransport transport, TimeProvider? time = null, ConnectionLimits? limits = null, int itemSizeLimit = 1 << 20, IMeterFactory? meters = null, MemcachedEndpoint? endpoint = null)
    {
        time ??= TimeProvider.System;
        var operations = new OperationPool();
        Options = new ChangingOptions(new MemcachedOptions());
        _servers = Pool(Options, _ => new Node(
            "test", transport, limits ?? Patient, operations, time, Log, telemetry: meters is null ? null : new RequestMetrics(meters, time).Of(endpoint ?? MemcachedEndpoint.Tcp("test"))));
        Verbs = new MemcachedClient(_servers, () => itemSizeLimit, time);
    }

    /// <summary>On several servers, each over a transport of its own.</summary>
    public TestClient(MemcachedOptions options, Func<MemcachedEndpoint, ITransport> transportOf, TimeProvider? time = null, bool keysAreSealed = false, ConnectionLimits? limits = null)
    {
        time ??= TimeProvider.System;
        var operations = new OperationPool();
        Options = new ChangingOptions(options);
        _servers = new ServerPool(
            Options,
            static current => [.. current.Servers],
            (server, _) => new Node(server.ToString(), transportOf(server), limits ?? Patient, operations, time, NullLogger.Instance),
            new ServiceNames(static _ => [], NullLogger.Instance),
            time);
        Verbs = new MemcachedClient(_servers, static () => 1 << 20, time, keysAreSealed);
    }

    /// <summary>Limits that no healthy server reaches, however busy the machine is.</summary>
    public static ConnectionLimits Patient { get; } = Limits(TimeSpan.FromSeconds(20));

    public IMemcachedClient Verbs { get; }

    public CapturedLog Log { get; } = new();

    public ChangingOptions Options { get; }

    public ServerSnapshot Servers => _servers.Current;

    public Node Node => _servers.Current.Only!;

    /// <summary>One server, whose node is made anew when the options' servers change.</summary>
    public static ServerPool Pool(IOptionsMonitor<MemcachedOptions> options, Func<MemcachedOptions, Node> create) => new(
        options,
        static current => current.Servers.Count == 0 ? [MemcachedEndpoint.Tcp("test")] : [.. current.Servers],
        (_, current) => create(current),
        new ServiceNames(static _ => [], NullLogger.Instance),
        TimeProvider.System);

    public static ConnectionLimits Limits(TimeSpan timeout, int operations = 16_384, int bytes = 32 << 20) =>
        new() { ConnectTimeout = timeout, Timeout = timeout, QueuedOperations = operations, QueuedBytes = bytes };

    public void Dispose() => _servers.Dispose();
}

/// <summary>Options a test can change.</summary>
internal sealed class ChangingOptions(MemcachedOptions initial) : IOptionsMonitor<MemcachedOptions>
{
    private Action<MemcachedOptions, string?>? _listeners;

    public MemcachedOptions CurrentValue { get; private set; } = initial;

    public MemcachedOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<MemcachedOptions, string?> listener)
    {
        _listeners += listener;
        return null;
    }

    public void Change(MemcachedOptions options)
    {
        CurrentValue = options;
        _listeners?.Invoke(options, Options.DefaultName);
    }
}
