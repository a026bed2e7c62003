using System.Diagnostics.Metrics;

namespace ScopedCaching.Telemetry;

/// <summary>What became of a wait for another process that held the lease.</summary>
internal enum LeaseWaitOutcome
{
    /// <summary>The value came.</summary>
    Answered,

    /// <summary>The other process gave the lease up, or died, and this one has it now.</summary>
    TakenOver,

    /// <summary>The cache failed meanwhile, or what stands there is not to be replaced.</summary>
    Lost,

    /// <summary>It took too long.</summary>
    WaitedOut,

    /// <summary>Nobody wanted the value any more.</summary>
    Cancelled,
}

/// <summary>The meter of the scoped caches. No key, customer or session is ever a tag.</summary>
internal sealed class CachingMetrics
{
    // From a cache's to a slow core system's.
    private static readonly InstrumentAdvice<double> s_boundaries = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] };

    private readonly Meter _meter;
    private readonly Counter<long> _operations;
    private readonly Histogram<double> _factories;
    private readonly Histogram<double> _leaseWaits;

    public CachingMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(ScopedCacheTelemetry.MeterName);
        _operations = _meter.CreateCounter<long>("scopedcaching.operations", "{operation}", "Operations of the scoped caches.");
        _factories = _meter.CreateHistogram("scopedcaching.factory.duration", "s", "How long factories ran.", tags: null, s_boundaries);
        _leaseWaits = _meter.CreateHistogram("scopedcaching.lease.wait.duration", "s", "How long callers waited for another process that was creating the entry.", tags: null, s_boundaries);
    }

    public bool IsListenedTo => _operations.Enabled;

    public bool TimesFactories => _factories.Enabled;

    /// <summary>What the process's memory holds, asked when somebody collects figures.</summary>
    public void Observe(Func<long> bytes, Func<long> entries)
    {
        _meter.CreateObservableUpDownCounter("scopedcaching.local.size", bytes, "By", "Estimated bytes of the entries in the process's memory.");
        _meter.CreateObservableUpDownCounter("scopedcaching.local.entries", entries, "{entry}", "Entries in the process's memory.");
    }

    public void Operation(StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier) =>
        _operations.Add(1, Tags.Of(Tags.Level, level), Tags.Of(Tags.Operation, kind), Tags.Of(Tags.Outcome, outcome), Tags.Of(Tags.Tier, tier));

    public void Factory(string level, bool isRefresh, TimeSpan elapsed, Exception? error)
    {
        var (levelTag, refreshTag) = (new KeyValuePair<string, object?>(Tags.Level, level), new KeyValuePair<string, object?>(Tags.IsRefresh, isRefresh));
        if (error is null)
        {
            _factories.Record(elapsed.TotalSeconds, levelTag, refreshTag);
        }
        else
        {
            _factories.Record(elapsed.TotalSeconds, levelTag, refreshTag, Tags.Error(error));
        }
    }

    public void LeaseWait(string level, LeaseWaitOutcome outcome, TimeSpan elapsed) =>
        _leaseWaits.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(Tags.Level, level), Tags.Of(Tags.Outcome, outcome));
}
