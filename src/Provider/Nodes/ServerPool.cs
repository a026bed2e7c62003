using Microsoft.Extensions.Options;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// The servers in use. Readers take the published snapshot; a change of the options publishes another, and the servers left
/// behind end once everything in flight on them is answered.
/// </summary>
internal sealed class ServerPool : IDisposable
{
    private readonly Func<MemcachedOptions, Node> _create;
    private readonly IDisposable? _subscription;
    private readonly Lock _lock = new();
    private Snapshot _current;

    public ServerPool(IOptionsMonitor<MemcachedOptions> options, Func<MemcachedOptions, Node> create)
    {
        _create = create;
        var initial = options.CurrentValue;
        _current = new Snapshot(create(initial), Settings.Of(initial));
        _subscription = options.OnChange(Change);
    }

    /// <summary>The server. (A ring chooses among several later; every request asks here.)</summary>
    public Node Server => Volatile.Read(ref _current).Node;

    public void Dispose()
    {
        _subscription?.Dispose();
        _current.Node.Dispose();
    }

    private void Change(MemcachedOptions options)
    {
        lock (_lock)
        {
            var settings = Settings.Of(options);
            var former = _current;
            if (settings == former.Settings)
            {
                return;
            }

            Volatile.Write(ref _current, new Snapshot(_create(options), settings));
            former.Node.Retire();
        }
    }

    private sealed record Snapshot(Node Node, Settings Settings);

    /// <summary>What of the options a server is made of.</summary>
    private sealed record Settings(string Servers, TimeSpan ConnectTimeout, TimeSpan Timeout, int QueuedOperations, int QueuedBytes, int Connections, int FailureThreshold)
    {
        public static Settings Of(MemcachedOptions options) =>
            new(string.Join(',', options.Servers), options.ConnectTimeout, options.Timeout, options.MaxQueuedOperations, options.MaxQueuedBytes,
                options.ConnectionsPerServer, options.FailureThreshold);
    }
}
