using System.Diagnostics.Metrics;

namespace ScopedCaching.Telemetry;

/// <summary>Why a response was not stored.</summary>
internal enum NotStored
{
    Status,
    SetCookie,
    CacheControl,
    Partial,
    Vary,
    Authorization,
    Streamed,
    HeldBack,
    Antiforgery,
    Nonce,
    Aborted,
    TooLarge,
    Tags,
    Bypassed,
    Declined,
    OtherUser,
    NarrowerData,
    Failed,
}

/// <summary>What became of a request to an endpoint whose responses are cached.</summary>
internal enum PageOutcome
{
    Hit,
    NotModified,
    Miss,
    Bypassed,
    Uncacheable,
    WaitedOut,
}

/// <summary>The counters of cached responses. No address, customer or session is ever a tag.</summary>
internal sealed class OutputMetrics(IMeterFactory factory)
{
    private readonly Counter<long> _requests = factory.Create(ScopedCacheTelemetry.MeterName).CreateCounter<long>(
        "scopedcaching.output.requests", "{request}", "Requests to endpoints whose responses are cached, by outcome.");

    private readonly Counter<long> _notStored = factory.Create(ScopedCacheTelemetry.MeterName).CreateCounter<long>(
        "scopedcaching.output.not_stored", "{response}", "Responses that were rendered and not stored, by reason.");

    public void Request(PageOutcome outcome)
    {
        if (_requests.Enabled)
        {
            _requests.Add(1, Tags.Of(Tags.Outcome, outcome));
        }
    }

    public void NotStored(NotStored reason) => _notStored.Add(1, Tags.Of(Tags.Reason, reason));
}
