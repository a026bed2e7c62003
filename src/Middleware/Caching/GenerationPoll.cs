using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>
/// Asks every 250 ms whether a generation has changed on which something in this process's memory depends. Starts with the first such thing; one batch at a time.
/// </summary>
internal sealed class GenerationPoll(IFreshStore store, Action changed, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _asking;
    private bool _disposed;

    /// <summary>Something is kept that was found under these generations. False: they have changed already, so it must not be.</summary>
    public bool Watch(EntryScope scope, EntryGenerations generations)
    {
        lock (_lock)
        {
            _timer ??= _disposed ? null : ProcessWork.Begin(() => time.CreateTimer(static poll => _ = ((GenerationPoll)poll!).AskAsync(), this, Period, Period));
        }

        return store.Watch(scope, generations);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private async Task AskAsync()
    {
        if (Interlocked.Exchange(ref _asking, 1) != 0)
        {
            return;
        }

        try
        {
            if (await store.HaveWatchedChangedAsync().ConfigureAwait(false))
            {
                changed();
            }
        }
        catch (MemcachedException)
        {
            // Counted and told below; asked again at the next beat.
        }
        finally
        {
            Volatile.Write(ref _asking, 0);
        }
    }
}
