namespace ScopedCaching.Memcached.Envelope;

/// <summary>So many failures a second, and then no more tries. Thread-safe; a few too many pass when threads meet.</summary>
internal sealed class FailureBudget(int perSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _windowStart = clock.GetTimestamp();
    private int _failures;

    public bool IsExhausted
    {
        get
        {
            lock (_lock)
            {
                StartWindowUnderLock();
                return _failures >= perSecond;
            }
        }
    }

    public void Spend()
    {
        lock (_lock)
        {
            StartWindowUnderLock();
            _failures++;
        }
    }

    private void StartWindowUnderLock()
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(_windowStart, now) >= TimeSpan.FromSeconds(1))
        {
            (_windowStart, _failures) = (now, 0);
        }
    }
}
