using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Counts every entry that does not open, and logs each reason at most every ten seconds, with the number of entries since: a hostile server must
/// not be able to fill the logs.
/// </summary>
internal sealed class UnopenableLog(TimeProvider clock, CacheMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<OpenOutcome, (long LoggedAt, long Since)> _seen = [];

    public void Add(OpenOutcome outcome)
    {
        var reason = Reason(outcome);
        metrics.EntryUnopenable(reason);

        // Expiry and eviction are the normal ends of an entry, and a foreign key ring has a message of its own.
        if (outcome is not (OpenOutcome.Expired or OpenOutcome.ChunkMissing or OpenOutcome.ForeignKeyRing) && TakeCount(outcome) is > 0 and var count)
        {
            Log.EntriesUnopenable(logger, reason, count);
        }
    }

    private long TakeCount(OpenOutcome outcome)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            if (_seen.TryGetValue(outcome, out var seen) && clock.GetElapsedTime(seen.LoggedAt, now) < s_pause)
            {
                _seen[outcome] = seen with { Since = seen.Since + 1 };
                return 0;
            }

            _seen[outcome] = (now, 0);
            return seen.Since + 1;
        }
    }

    private static string Reason(OpenOutcome outcome) => outcome switch
    {
        OpenOutcome.Expired => "expired",
        OpenOutcome.Tampered => "tampered",
        OpenOutcome.ForeignKeyRing => "foreign_key_ring",
        OpenOutcome.NewerRevision => "newer_revision",
        OpenOutcome.NotEncrypted => "not_encrypted",
        OpenOutcome.ChunkMissing => "chunk_missing",
        _ => "malformed",
    };
}
