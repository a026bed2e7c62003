using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// What becomes of a fault of the cache: counted, told now and then, and swallowed unless the options say to throw. Errors of the
/// caller's own are never faults.
/// </summary>
internal sealed class FaultPolicy(Func<OnFailure> onFailure, CacheMetrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _untold;
    private long _quietUntil = long.MinValue;

    /// <summary>For exception filters: whether the fault is to be swallowed. Counts it either way.</summary>
    public bool Swallows(Exception fault)
    {
        if (fault is MemcachedValueTooLargeException or not (MemcachedException or IOException or ObjectDisposedException))
        {
            return false;
        }

        metrics.Fault(fault);
        Tell(fault);
        return onFailure() == OnFailure.Miss;
    }

    /// <summary>There were more undelivered removals than can be kept.</summary>
    public void TellForgotten() => Log.RemovalsForgotten(logger);

    private void Tell(Exception fault)
    {
        long count;
        lock (_lock)
        {
            _untold++;
            var now = time.GetTimestamp();
            if (now < _quietUntil)
            {
                return;
            }

            _quietUntil = now + (long)(s_quiet.TotalSeconds * time.TimestampFrequency);
            count = _untold;
            _untold = 0;
        }

        Log.OperationsFailed(logger, count, fault.GetType().Name, fault.Message);
    }
}
