using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// What becomes of a fault of the cache: counted, told now and then, and swallowed unless the options say to throw. Errors of the
/// caller's own are never faults.
/// </summary>
internal sealed class FaultPolicy(Func<OnFailure> onFailure, CacheMetrics metrics, TimeProvider time, ILogger logger)
{
    public const string UnreachableText = "The cache servers cannot be reached, and it is too early to try again.";

    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(10);

    /// <summary>Whether faults are thrown, and not swallowed.</summary>
    public bool Throws => onFailure() != OnFailure.Miss;

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

        var cause = fault is MemcachedUndeliveredException { InnerException: { } inner } ? inner : fault;
        metrics.Fault(cause);
        Tell(cause.GetType().Name, cause.Message);
        return onFailure() == OnFailure.Miss;
    }

    /// <summary>Nobody could be asked, as was known beforehand. It is a fault like any other, and no exception where it is swallowed. Not to be called inside of <see cref="Swallows"/>.</summary>
    /// <exception cref="MemcachedConnectionException">The options say to throw.</exception>
    public void Unreachable()
    {
        metrics.Unreachable();
        Tell(nameof(MemcachedConnectionException), UnreachableText);
        if (Throws)
        {
            throw new MemcachedConnectionException(UnreachableText);
        }
    }

    /// <summary>There were more undelivered removals than can be kept.</summary>
    public void TellForgotten()
    {
        metrics.RemovalForgotten();
        Log.RemovalsForgotten(logger);
    }

    private void Tell(string error, string reason)
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

        Log.OperationsFailed(logger, count, error, reason);
    }
}
