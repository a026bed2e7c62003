using System.Diagnostics;
using ScopedCaching;

namespace FleetNode;

/// <summary>
/// Asks the cache again and again, and knows the longest time that it had no answer: on a busy machine a process, or its memcached, can stand still for longer than a short
/// lease lasts, and that lease then ends by right.
/// </summary>
internal sealed class Pulse(ICache cache)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private readonly Lock _lock = new();
    private TimeSpan _longest;
    private long _answeredAt;

    /// <summary>The longest silence since this was asked last. The first time it begins to ask.</summary>
    public TimeSpan TakeLongest()
    {
        lock (_lock)
        {
            if (_answeredAt == 0)
            {
                _answeredAt = Stopwatch.GetTimestamp();
                _ = BeatAsync();
            }

            var now = Stopwatch.GetElapsedTime(_answeredAt);
            var longest = now > _longest ? now : _longest;
            _longest = TimeSpan.Zero;
            return longest;
        }
    }

    private async Task BeatAsync()
    {
        while (true)
        {
            await Task.Delay(s_pause);
            await cache.TryGetAsync<string>("pulse");
            Note();
        }
    }

    private void Note()
    {
        lock (_lock)
        {
            var silence = Stopwatch.GetElapsedTime(_answeredAt);
            _longest = silence > _longest ? silence : _longest;
            _answeredAt = Stopwatch.GetTimestamp();
        }
    }
}
