using System.Diagnostics;
using System.Text.Json;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>What is told of the requests to one server: durations and spans, with tags that are made once. Whoever sends asks first whether <see cref="IsListenedTo"/>.</summary>
internal sealed class ServerTelemetry
{
    private const string System = "memcached";

    private static readonly ActivitySource s_source = new(MemcachedTelemetry.ActivitySourceName);
    private static readonly string[] s_names = Array.ConvertAll(Enum.GetNames<RequestName>(), JsonNamingPolicy.SnakeCaseLower.ConvertName);

    private readonly RequestMetrics _metrics;
    private readonly KeyValuePair<string, object?>[][] _tags;
    private readonly string[] _spanNames;

    public ServerTelemetry(RequestMetrics metrics, MemcachedEndpoint server)
    {
        _metrics = metrics;
        KeyValuePair<string, object?>[] address = server switch
        {
            { InProcess: not null } => [new(Tags.ServerAddress, server.Host)],
            { UnixPath: { } path } => [new(Tags.ServerAddress, path)],
            { Port: MemcachedEndpoint.DefaultPort } => [new(Tags.ServerAddress, server.Host)],
            _ => [new(Tags.ServerAddress, server.Host), new(Tags.ServerPort, server.Port)],
        };
        Server = [.. address, .. metrics.Cache];
        _tags = Array.ConvertAll(s_names, name => (KeyValuePair<string, object?>[])[new(Tags.System, System), new(Tags.Operation, name), .. Server]);
        _spanNames = Array.ConvertAll(s_names, name => $"{name} {server}");
    }

    /// <summary>Whether anybody wants spans.</summary>
    public static bool HasSpans => s_source.HasListeners();

    /// <summary>Which server it is, and whose.</summary>
    public KeyValuePair<string, object?>[] Server { get; }

    public bool IsListenedTo => _metrics.Duration.Enabled || s_source.HasListeners();

    public TimeSpan Since(long startedAt) => _metrics.Time.GetElapsedTime(startedAt);

    /// <summary>The span of many requests that are sent together, to whichever servers; null when nobody wants it. Ended by whoever disposes it.</summary>
    public static Activity? BeginBatch(RequestName request, int size)
    {
        // What has but one request is no batch.
        var name = size > 1 ? "BATCH " + s_names[(int)request] : s_names[(int)request];
        var span = s_source.StartActivity(name, ActivityKind.Client);
        span?.SetTag(Tags.System, System).SetTag(Tags.Operation, name);
        return size > 1 ? span?.SetTag(Tags.BatchSize, size) : span;
    }

    /// <summary>The span of one request, below the caller's; null when nobody wants it. It does not become the current one: what the caller does next is no part of it.</summary>
    public Activity? Begin(RequestName request)
    {
        if (!s_source.HasListeners() || ExecutionContext.Capture() is not { } context)
        {
            return null;
        }

        // What becomes current in there is so in there alone. (To set it back would be refused where the span before has ended already.)
        var begun = new Begun(_spanNames[(int)request], _tags[(int)request]);
        ExecutionContext.Run(context, static state => ((Begun)state!).Begin(), begun);
        return begun.Span;
    }

    /// <summary>The request has ended.</summary>
    public void End(RequestName request, Activity? span, TimeSpan elapsed, Exception? fault)
    {
        try
        {
            if (_metrics.Duration.Enabled)
            {
                var tags = _tags[(int)request];
                _metrics.Duration.Record(elapsed.TotalSeconds, fault is null ? tags : [.. tags, Tags.Error(fault)]);
            }
        }
        finally
        {
            // Also where a listener to the other throws.
            if (span is not null)
            {
                span.SetEndTime(span.StartTimeUtc + elapsed);
                Fail(span, fault);
                End(span);
            }
        }
    }

    /// <summary>Marks a span as failed. Not with the exception itself, whose text is nobody's to tell.</summary>
    public static void Fail(Activity? span, Exception? fault)
    {
        if (span is not null && fault is not null)
        {
            var error = Tags.Error(fault);
            span.SetTag(error.Key, error.Value).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void End(Activity span)
    {
        if (ExecutionContext.Capture() is { } context)
        {
            ExecutionContext.Run(context, static ended => ((Activity)ended!).Stop(), span);
        }
        else
        {
            span.Stop();
        }
    }

    private sealed class Begun(string name, KeyValuePair<string, object?>[] tags)
    {
        public Activity? Span { get; private set; }

        public void Begin() => Span = s_source.StartActivity(ActivityKind.Client, parentContext: default, tags, name: name);
    }
}
