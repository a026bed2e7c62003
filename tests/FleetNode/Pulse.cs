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
    private long _answeredAt = Stopwatch.GetTimestamp();

    public async Task BeatAsync()
    {
        while (true)
        {
            await Task.Delay(s_pause);
            await cache.TryGetAsync<string>("pulse");
            Note();
        }
    }

    /// <summary>The longest silence since this was asked last.</summary>
    public TimeSpan TakeLongest()
    {
        lock (_lock)
        {
            var longest = Stopwatch.GetElapsedTime(_answeredAt) is var now && now > _longest ? now : _longest;
            _longest = TimeSpan.Zero;
            return longest;
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
