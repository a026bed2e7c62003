using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Provider.Tests.Doubles;

/// <summary>Whatever one process's meters measure, as <c>name value tag=value …</c>, the tags as they come.</summary>
public sealed class RecordedMeasurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _lines = new();

    public RecordedMeasurements(IMeterFactory factory, params string[] instruments)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && (instruments.Length == 0 || instruments.Contains(instrument.Name, StringComparer.Ordinal)))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was measured since the last time.</summary>
    public string[] Take()
    {
        List<string> taken = [];
        while (_lines.TryDequeue(out var line))
        {
            taken.Add(line);
        }

        return [.. taken];
    }

    /// <summary>What observable instruments tell now, beside what was measured.</summary>
    public string[] Observe()
    {
        _listener.RecordObservableInstruments();
        return Take();
    }

    public void Dispose() => _listener.Dispose();

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _lines.Enqueue(string.Join(' ', [instrument.Name, value, .. tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}")]));
}

/// <summary>The spans of one trace, whose root is the current span as long as this lives.</summary>
public sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public RecordedSpans(params string[] sources)
    {
        Root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name, StringComparer.Ordinal),
            Sample = (ref options) => options.TraceId == Root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.TraceId == Root.TraceId && span != Root)
                {
                    _ended.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Root { get; }

    public Activity[] Ended => [.. _ended];

    public static string Describe(Activity span) =>
        string.Join(' ', [$"[{span.DisplayName}]", span.Kind, span.Status, .. span.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}")]);

    public void Dispose()
    {
        _listener.Dispose();
        Root.Dispose();
    }
}
