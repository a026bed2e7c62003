using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace ScopedCaching.Hosting;

/// <summary>The figures of the servers, for the inspector: each with its own, or with why it has none. Asked at most once a second, however many look.</summary>
internal sealed class ServerFigures(IServiceProvider provider, TimeProvider time)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<ServerAnswer>>? _latest;
    private long _askedAt;

    public async ValueTask<IReadOnlyList<ServerAnswer>> ReadAsync(CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<ServerAnswer>> asked;
        lock (_lock)
        {
            if (_latest is null || (_latest.IsCompleted && time.GetElapsedTime(_askedAt) >= s_kept))
            {
                _askedAt = time.GetTimestamp();
                _latest = AskAsync();
            }

            asked = _latest;
        }

        return await asked.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ServerAnswer>> AskAsync()
    {
        IMemcachedClient client;
        try
        {
            client = provider.GetRequiredService<IMemcachedClient>();
        }
        catch (MemcachedConfigurationException noMemcached)
        {
            return [new ServerAnswer("the backend", State: null, Version: null, noMemcached.Message)];
        }

        try
        {
            return [.. (await client.ServerStatisticsAsync().ConfigureAwait(false)).Select(Answer)];
        }
        catch (MemcachedException first)
        {
            // None answers. What is thrown is the reason of one, and each may have its own.
            var servers = client.Servers;
            return servers.Count < 2 ? [Silent(servers.FirstOrDefault("no server"), first)] : await Task.WhenAll(servers.Select(name => AskAloneAsync(client, name))).ConfigureAwait(false);
        }
    }

    private static async Task<ServerAnswer> AskAloneAsync(IMemcachedClient client, string name)
    {
        try
        {
            return new ServerAnswer(name, nameof(MemcachedServerState.Up), await client.VersionAsync(name).ConfigureAwait(false), Fault: null);
        }
        catch (MemcachedException fault)
        {
            return Silent(name, fault);
        }
    }

    private static ServerAnswer Silent(string name, MemcachedException fault) => new(name, nameof(MemcachedServerState.Down), Version: null, fault.Message);

    private static ServerAnswer Answer(MemcachedServerStatistics server) => new(
        server.Server, server.State.ToString(), server.Version, server.Fault, server.Items, server.Bytes, server.BytesLimit, server.Evictions, server.Connections,
        server.Hits, server.Misses, (long?)server.Uptime?.TotalSeconds);
}
