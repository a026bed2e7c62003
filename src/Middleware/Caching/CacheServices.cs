using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>What every cache works with, the same for all requests.</summary>
internal sealed class CacheServices : IDisposable
{
    private readonly Func<ScopedCacheOptions> _options;
    private readonly CachingMetrics _metrics;
    private readonly OperationWatch _watch;
    private readonly CacheServices?[] _partial = new CacheServices?[(int)TierAccess.All + 1];

    public CacheServices(
        IFreshStore fresh, ISealedStore store, IServiceScopes scopes, Func<ScopedCacheOptions> options, Func<CancellationToken, ValueTask> purge, CachingMetrics metrics, TimeProvider time, ILogger logger,
        OperationWatch? watch = null)
    {
        (Fresh, Store, Scopes, _options, Purge, _metrics, Time, Logger) = (fresh, store, scopes, options, purge, metrics, time, logger);
        _watch = watch ?? new OperationWatch();
        FailedRefreshes = new FailedRefreshes(time);
        Local = new LocalTier(options().LocalSizeLimit, time);
        metrics.Observe(() => Local.Bytes, () => Local.Count);
        Tiers = new Tiers(fresh, Local, Flights, options().GenerationPoll, time);
        Reader = new CacheReader(fresh, Tiers, Flights, time);
    }

    /// <summary>The same, with a part of what the shared cache can do.</summary>
    private CacheServices(CacheServices whole, TierAccess access)
    {
        (Store, Scopes, _options, Purge, _metrics, Time, Logger) = (whole.Store, whole.Scopes, whole._options, whole.Purge, whole._metrics, whole.Time, whole.Logger);
        (Flights, FailedRefreshes, Local, Tiers, _watch) = (whole.Flights, whole.FailedRefreshes, whole.Local, whole.Tiers, whole._watch);
        Fresh = new PartialStore(whole.Fresh, access);
        Reader = new CacheReader(Fresh, Tiers, Flights, Time);
    }

    public IFreshStore Fresh { get; }

    /// <summary>For counters, removals of many, and hashes of keys.</summary>
    public ISealedStore Store { get; }

    public SingleFlight Flights { get; } = new();

    public FailedRefreshes FailedRefreshes { get; }

    public LocalTier Local { get; }

    public Tiers Tiers { get; }

    public CacheReader Reader { get; }

    public IServiceScopes Scopes { get; }

    /// <summary>Empties the server.</summary>
    public Func<CancellationToken, ValueTask> Purge { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public CachePolicy DefaultPolicy => _options().DefaultPolicy;

    /// <summary>For views that do not read or write the shared cache. Memories and flights are the same for all.</summary>
    public CacheServices For(TierAccess access)
    {
        access &= TierAccess.Shared;
        return access == TierAccess.Shared ? this : _partial[(int)access] ??= new CacheServices(this, access);
    }

    /// <summary>Whether anybody listens to single operations.</summary>
    public bool IsWatched => _watch.Observer is not null || _metrics.IsListenedTo || Logger.IsEnabled(LogLevel.Debug);

    /// <summary>Whether anybody wants to hear of factories.</summary>
    public bool WatchesFactories => _metrics.TimesFactories || CacheTraces.IsListenedTo;

    /// <summary>A factory begins, and ends with the disposal of what is returned.</summary>
    public FactoryWatch WatchFactory(string level, bool isRefresh) => new(_metrics, Time, level, isRefresh);

    /// <summary>A wait for another process that held the lease has ended.</summary>
    public void TellWait(string level, LeaseWaitOutcome outcome, long started)
    {
        _metrics.LeaseWait(level, outcome, Time.GetElapsedTime(started));
        if (CacheTraces.IsListenedTo)
        {
            CacheTraces.Tell(WaitedFor.AnotherProcess);
        }
    }

    /// <param name="level">Where.</param>
    /// <param name="kind">What was asked.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="tier">Where the answer of a read came from.</param>
    /// <param name="started">The timestamp of its beginning.</param>
    /// <param name="address">The entry; the default of what concerns a whole scope.</param>
    /// <param name="reached">The scope that a clear, or the removal of tags, reached.</param>
    public void Tell(
        StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, long started, EntryAddress address, EntryScope? reached = null)
    {
        _watch.Observer?.Ended(level, kind, outcome, tier, started == 0 ? TimeSpan.Zero : Time.GetElapsedTime(started), reached?.Entry("") ?? address);
        if (_metrics.IsListenedTo)
        {
            _metrics.Operation(level, kind, outcome, tier);
        }

        if (Logger.IsEnabled(LogLevel.Debug))
        {
            CacheLog.Operation(Logger, kind, level, outcome, tier, address.Scope is null ? "" : Store.Fingerprint(address));
        }
    }

    public void Dispose() => Tiers.Dispose();

    public CachePolicy Policy(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var policies = _options().Policies;
        return policies.TryGetValue(name, out var policy) ? policy : throw new ArgumentException(
            $"There is no cache policy '{name}'. Known policies: {(policies.Count == 0 ? "none" : string.Join(", ", policies.Keys.Order(StringComparer.Ordinal)))}. Add others in " +
            "AddMemcachedScopedCache(o => o.Policies[\"…\"] = …), or in the configuration under 'Cache:Policies'.",
            nameof(name));
    }
}
