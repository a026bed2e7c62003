using System.Diagnostics;

namespace Provider.Tests.Faults;

/// <summary>
/// Knows when the machine, and not the client, kept callers waiting: a thread that wants to run every few milliseconds, and work that it hands to the thread pool. What they
/// did not get is subtracted from what is measured meanwhile, and nothing else is.
/// </summary>
internal sealed class Standstill : IDisposable
{
    private const int Beat = 4;
    private static readonly TimeSpan s_noticed = TimeSpan.FromMilliseconds(12);

    private readonly Lock _lock = new();
    private readonly List<(long From, long To)> _gaps = [];
    private readonly Thread _thread;
    private long _handedOver;
    private volatile bool _isOver;

    public Standstill()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "standstill" };
        _thread.Start();
    }

    /// <summary>How much of the time between two timestamps nobody got to run.</summary>
    public TimeSpan Between(long from, long to)
    {
        long sum = 0;
        lock (_lock)
        {
            // Also what has not ended yet.
            if (Volatile.Read(ref _handedOver) is > 0 and var since && Stopwatch.GetElapsedTime(since) > s_noticed)
            {
                sum += Math.Max(0, to - Math.Max(from, since));
            }

            foreach (var gap in _gaps)
            {
                sum += Math.Max(0, Math.Min(to, gap.To) - Math.Max(from, gap.From));
            }
        }

        return TimeSpan.FromSeconds((double)sum / Stopwatch.Frequency);
    }

    /// <summary>The longest time in which nobody got to run.</summary>
    public TimeSpan Longest
    {
        get
        {
            lock (_lock)
            {
                return _gaps.Count == 0 ? TimeSpan.Zero : _gaps.Max(static gap => Stopwatch.GetElapsedTime(gap.From, gap.To));
            }
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Run()
    {
        var last = Stopwatch.GetTimestamp();
        while (!_isOver)
        {
            Thread.Sleep(Beat);
            var now = Stopwatch.GetTimestamp();
            Note(last, now);
            last = now;
            if (Interlocked.CompareExchange(ref _handedOver, now, 0) == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static standstill => standstill.Came(), this, preferLocal: false);
            }
        }
    }

    private void Came() => Note(Interlocked.Exchange(ref _handedOver, 0), Stopwatch.GetTimestamp());

    private void Note(long from, long to)
    {
        if (Stopwatch.GetElapsedTime(from, to) > s_noticed)
        {
            lock (_lock)
            {
                _gaps.Add((from, to));
            }
        }
    }
}
