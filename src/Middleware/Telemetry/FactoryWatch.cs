using System.Diagnostics;

namespace ScopedCaching.Telemetry;

/// <summary>One run of a factory that somebody wants to hear of. Ended by its disposal.</summary>
internal sealed class FactoryWatch(CachingMetrics metrics, TimeProvider time, string level, bool isRefresh) : IDisposable
{
    private readonly Activity? _span = CacheTraces.BeginFactory(level, isRefresh);
    private readonly long _started = time.GetTimestamp();

    /// <summary>Why it failed.</summary>
    public Exception? Error { private get; set; }

    public void Dispose()
    {
        try
        {
            if (metrics.TimesFactories)
            {
                metrics.Factory(level, isRefresh, time.GetElapsedTime(_started), Error);
            }
        }
        finally
        {
            // Also where a listener to the other throws.
            if (Error is not null)
            {
                CacheTraces.Fail(_span, Error);
            }

            _span?.Dispose();
        }
    }
}
