namespace ScopedCaching.Memcached.Distributed;

/// <summary>
/// Which keys were asked for a moment ago and not found. ASP.NET Core's session reads and refreshes its entry on every request, also when nothing
/// was ever stored in it: what was just found missing needs no second request. Whoever stores the entry in that moment starts its window anew, so
/// a refresh that is left out is late by less than a read that does not touch (see the sealed store's sliding). Thread-safe, and never waits.
/// </summary>
internal sealed class RecentMisses(TimeProvider time)
{
    private const int Slots = 256;

    // As long as a sliding window may be spent before a read starts it anew.
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(1);

    // Whoever finds it taken does without: to forget costs one request.
    private readonly Lock _lock = new();
    private readonly (string? Key, long At)[] _slots = new (string?, long)[Slots];

    public void Add(string key)
    {
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            _slots[SlotOf(key)] = (key, time.GetTimestamp());
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Whether the key was just missed; it is forgotten by that.</summary>
    public bool Take(string key)
    {
        if (!_lock.TryEnter())
        {
            return false;
        }

        try
        {
            ref var slot = ref _slots[SlotOf(key)];
            if (!string.Equals(slot.Key, key, StringComparison.Ordinal))
            {
                return false;
            }

            var isRecent = time.GetElapsedTime(slot.At) < s_moment;
            slot = default;
            return isRecent;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private static int SlotOf(string key) => key.GetHashCode(StringComparison.Ordinal) & (Slots - 1);
}
