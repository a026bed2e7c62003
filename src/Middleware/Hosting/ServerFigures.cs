using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace ScopedCaching.Hosting;

/// <summary>The figures of the servers, for the inspector: the one place that knows how servers tell theirs. Asked at most once a second, however many look.</summary>
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
        var name = "the backend";
        try
        {
            var servers = provider.GetRequiredService<IOptionsMonitor<MemcachedOptions>>().CurrentValue.Servers;
            name = servers.Count > 0 ? servers[0].ToString() : "embedded";
            return [Answer(name, await provider.GetRequiredService<IMemcachedClient>().StatsAsync().ConfigureAwait(false))];
        }
        catch (MemcachedException fault)
        {
            return [new ServerAnswer(name, Version: null, fault.GetType().Name, null, null, null, null, null, null, null, null)];
        }
    }

    private static ServerAnswer Answer(string name, IReadOnlyDictionary<string, string> stats)
    {
        return new ServerAnswer(
            name, stats.GetValueOrDefault("version"), Fault: null, Number("curr_items"), Number("bytes"), Number("limit_maxbytes"), Number("evictions"), Number("curr_connections"),
            Number("get_hits"), Number("get_misses"), Number("uptime"));

        long? Number(string key) => long.TryParse(stats.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
