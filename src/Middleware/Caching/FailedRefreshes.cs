using System.Collections.Concurrent;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>
/// Values whose refresh failed a moment ago. They are answered as they are until it is tried again: a system in trouble is not asked for each request, and no request waits for it in vain behind
/// another that did. Thread-safe.
/// </summary>
internal sealed class FailedRefreshes(TimeProvider time)
{
    /// <summary>How long after a failure nobody in this process tries again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // So many keys fail within a pause only where everything does.
    private const int Most = 4096;

    private readonly ConcurrentDictionary<EntryAddress, long> _failedAt = new();

    public bool IsPausing(EntryAddress address) => _failedAt.TryGetValue(address, out var at) && time.GetElapsedTime(at) < Pause;

    public void Add(EntryAddress address)
    {
        if (_failedAt.Count >= Most)
        {
            _failedAt.Clear();
        }

        _failedAt[address] = time.GetTimestamp();
    }

    public void Remove(EntryAddress address) => _failedAt.TryRemove(address, out _);
}
