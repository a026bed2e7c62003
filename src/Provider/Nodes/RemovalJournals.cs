using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// The journals of all servers, by their names: a server may leave the configuration and come back with its old data. Bounded: of too many names those are forgotten
/// that were asked for longest ago. Thread-safe.
/// </summary>
internal sealed class RemovalJournals(ILogger logger)
{
    private const int Most = 256;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, RemovalJournal> _journals = new(StringComparer.Ordinal);

    /// <summary>How many removals are not delivered yet, to servers that left the configuration, too.</summary>
    public int Undelivered
    {
        get
        {
            lock (_lock)
            {
                return _journals.Values.Sum(static journal => journal.Count);
            }
        }
    }

    public RemovalJournal Of(string server)
    {
        lock (_lock)
        {
            if (!_journals.Remove(server, out var journal))
            {
                journal = new RemovalJournal();
                MakeRoomUnderLock();
            }

            _journals.Add(server, journal);
            return journal;
        }
    }

    private void MakeRoomUnderLock()
    {
        if (_journals.Count < Most)
        {
            return;
        }

        if (!_journals.GetAt(0).Value.IsEmpty)
        {
            Log.RemovalsForgotten(logger);
        }

        _journals.RemoveAt(0);
    }
}
