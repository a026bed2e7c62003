using System.Diagnostics;

namespace ScopedCaching.Telemetry;

/// <summary>Whom a caller waited for before its own factory ran, or in place of it.</summary>
internal enum WaitedFor
{
    /// <summary>A factory that ran in this process already.</summary>
    ThisProcess,

    /// <summary>Another process, that held the lease.</summary>
    AnotherProcess,
}

/// <summary>
/// Spans of what takes time: a get-or-create that this process's memory did not answer, and the factories below it. Never a key; of errors, the type alone.
/// </summary>
internal static class CacheTraces
{
    private const string GetOrCreate = "get_or_create";
    private const string GetOrCreateMany = "get_or_create_many";
    private const string RunFactory = "factory";

    private static readonly ActivitySource s_source = new(ScopedCacheTelemetry.ActivitySourceName);

    public static bool IsListenedTo => s_source.HasListeners();

    /// <summary>A get-or-create begins; who disposes the span ends it. Null when nobody wants it.</summary>
    public static Activity? Begin(StorageLevel level) => Begin(GetOrCreate, TagValues<StorageLevel>.Of(level));

    /// <summary>A get-or-create of many keys begins.</summary>
    public static Activity? BeginMany(StorageLevel level, int keys) => Begin(GetOrCreateMany, TagValues<StorageLevel>.Of(level))?.SetTag(Tags.Keys, keys);

    /// <summary>A factory begins.</summary>
    public static Activity? BeginFactory(string level, bool isRefresh) => Begin(RunFactory, level)?.SetTag(Tags.IsRefresh, isRefresh);

    /// <summary>The get-or-create under way has ended.</summary>
    public static void Tell(CacheOperationOutcome outcome, CacheTier tier) =>
        Current()?.SetTag(Tags.Outcome, TagValues<CacheOperationOutcome>.Of(outcome)).SetTag(Tags.Tier, TagValues<CacheTier>.Of(tier));

    /// <summary>The get-or-create under way has waited for somebody.</summary>
    public static void Tell(WaitedFor waitedFor) => Current()?.SetTag(Tags.WaitedFor, TagValues<WaitedFor>.Of(waitedFor));

    public static void Fail(Activity? span, Exception error)
    {
        var tag = Tags.Error(error);
        span?.SetTag(tag.Key, tag.Value).SetStatus(ActivityStatusCode.Error);
    }

    private static Activity? Begin(string operation, string level) =>
        s_source.HasListeners() ? s_source.StartActivity($"{operation} {level}")?.SetTag(Tags.Operation, operation).SetTag(Tags.Level, level) : null;

    private static Activity? Current() => Activity.Current is { } span && ReferenceEquals(span.Source, s_source) && span.GetTagItem(Tags.Operation) is GetOrCreate ? span : null;
}
