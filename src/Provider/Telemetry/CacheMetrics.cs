using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>The meter of the provider. One method a happening; no key, customer or session is ever a tag.</summary>
internal sealed class CacheMetrics
{
    private readonly KeyValuePair<string, object?>[] _cache;
    private readonly KeyValuePair<string, object?>[][] _outcomes;
    private readonly KeyValuePair<string, object?>[] _unreachable;
    private readonly Counter<long> _unopenable;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _dataKeysCreated;
    private readonly Counter<long> _dataKeysUnwrapped;
    private readonly Counter<long> _reads;
    private readonly Counter<long> _droppedWrites;
    private readonly Counter<long> _undeliveredRemovals;
    private readonly Counter<long> _forgottenRemovals;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _takenOver;

    /// <param name="factory">Where the meter is from.</param>
    /// <param name="cache">The cache's name, empty where it has none.</param>
    public CacheMetrics(IMeterFactory factory, string cache = "")
        : this(factory.Create(MemcachedTelemetry.MeterName), Tags.Of(cache))
    {
    }

    private CacheMetrics(Meter meter, KeyValuePair<string, object?>[] cache)
    {
        _cache = cache;
        _outcomes = Array.ConvertAll(
            Enum.GetNames<ReadOutcome>(), name => (KeyValuePair<string, object?>[])[new(Tags.Outcome, JsonNamingPolicy.SnakeCaseLower.ConvertName(name)), .. cache]);
        _unreachable = [new(Tags.ErrorType, typeof(MemcachedConnectionException).FullName), .. cache];
        _unopenable = meter.CreateCounter<long>("scopedcaching.envelope.unopenable", "{entry}", "Entries that were there and did not open, by reason.");
        _unreadable = meter.CreateCounter<long>("scopedcaching.envelope.unreadable", "{entry}", "Entries that opened and are not of the type asked for.");
        _dataKeysCreated = meter.CreateCounter<long>("scopedcaching.data_key.created", "{key}", "Data keys made and protected by this process.");
        _dataKeysUnwrapped = meter.CreateCounter<long>("scopedcaching.data_key.unwrapped", "{key}", "Data keys given to DataProtection for unprotecting, by result.");
        _reads = meter.CreateCounter<long>("scopedcaching.reads", "{read}", "Reads of entries, by outcome.");
        _droppedWrites = meter.CreateCounter<long>("scopedcaching.writes.dropped", "{write}", "Writes that were not stored because the cache failed.");
        _undeliveredRemovals = meter.CreateCounter<long>("scopedcaching.removals.undelivered", "{removal}", "Removals that did not reach the cache.");
        _forgottenRemovals = meter.CreateCounter<long>("scopedcaching.removals.forgotten", "{removal}", "Undelivered removals that there was no room to remember.");
        _faults = meter.CreateCounter<long>("scopedcaching.faults", "{fault}", "Operations that the cache failed, by the error.");
        _takenOver = meter.CreateCounter<long>("scopedcaching.fallback.taken_over", "{item}", "Items taken over from the fallback servers.");
    }

    /// <summary>Counts into a meter that nobody listens to by name.</summary>
    public static CacheMetrics Unlistened { get; } = new(new Meter(MemcachedTelemetry.MeterName + ".Unlistened"), []);

    public void EntryUnopenable(string reason) => Count(_unopenable, new(Tags.Reason, reason));

    public void EntryUnreadable() => _unreadable.Add(1, _cache);

    public void Read(ReadOutcome outcome)
    {
        if (_reads.Enabled)
        {
            _reads.Add(1, _outcomes[(int)outcome]);
        }
    }

    public void WriteDropped(long count = 1) => _droppedWrites.Add(count, _cache);

    public void RemovalUndelivered(long count = 1) => _undeliveredRemovals.Add(count, _cache);

    public void Fault(Exception fault) => Count(_faults, Tags.Error(fault));

    /// <summary>A fault that was known beforehand, and so no exception.</summary>
    public void Unreachable() => _faults.Add(1, _unreachable);

    /// <summary>A removal that nobody makes up for: there was no room to remember it.</summary>
    public void RemovalForgotten() => _forgottenRemovals.Add(1, _cache);

    public void TakenOver() => _takenOver.Add(1, _cache);

    public void DataKeyCreated() => _dataKeysCreated.Add(1, _cache);

    public void DataKeyUnwrapped(bool succeeded) => Count(_dataKeysUnwrapped, new(Tags.Result, succeeded ? "success" : "failure"));

    private void Count(Counter<long> counter, KeyValuePair<string, object?> tag)
    {
        // Tags are put together for whoever listens, and for nobody else.
        if (counter.Enabled)
        {
            counter.Add(1, new TagList(_cache) { tag });
        }
    }
}
