using System.Diagnostics.Metrics;

namespace ScopedCaching.Telemetry;

/// <summary>The meter of the scoped caches. No key, customer or session is ever a tag.</summary>
internal sealed class CachingMetrics(IMeterFactory factory)
{
    public const string MeterName = "ScopedCaching";

    private readonly Counter<long> _operations = Create(factory);

    public bool IsListenedTo => _operations.Enabled;

    public void Operation(StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier) => _operations.Add(
        1,
        new KeyValuePair<string, object?>("level", level.ToString()),
        new KeyValuePair<string, object?>("operation", kind.ToString()),
        new KeyValuePair<string, object?>("outcome", outcome.ToString()),
        new KeyValuePair<string, object?>("tier", tier.ToString()));

    private static Counter<long> Create(IMeterFactory factory) => factory.Create(MeterName).CreateCounter<long>(
        "scopedcaching.operations", "{operation}", "Operations of the scoped caches, by level, operation, outcome, and the tier that a read was answered from.");
}
