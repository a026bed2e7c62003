using System.Collections.Concurrent;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>Which entries bear tags that their readers do not name, so that the next read foresees them. Bounded; a wrong or forgotten one costs a round trip.</summary>
internal sealed class ForeseenTags
{
    private const int Kept = 8192;

    private readonly ConcurrentDictionary<EntryAddress, EntryTags> _tags = new();
    private int _count;

    public EntryTags Of(in EntryAddress address) => _count == 0 || !_tags.TryGetValue(address, out var tags) ? EntryTags.None : tags;

    public void Remember(in EntryAddress address, EntryTags tags)
    {
        if (_tags.TryAdd(address, tags))
        {
            if (Interlocked.Increment(ref _count) > Kept)
            {
                // Starting over is rare, and cheaper than keeping account of who was used last.
                _tags.Clear();
                Volatile.Write(ref _count, 0);
            }
        }
        else
        {
            _tags[address] = tags;
        }
    }
}
