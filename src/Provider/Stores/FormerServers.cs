using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>
/// The servers that an application is moving away from: asked for what the new ones do not have yet, and told what must not come back. Nothing here ever throws for a fault of
/// theirs. After one they are left alone for a moment, so that their being away costs a caller a timeout now and then and the others nothing.
/// </summary>
/// <remarks>
/// A removal that does not reach them is owed. As long as one is, nothing is read from them; it is sent before anything is read again. When too many are owed they are not
/// read again at all.
/// </remarks>
internal sealed class FormerServers(ICacheStore store, Func<bool> isOn, TimeProvider time, CacheMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly OwedRemovals _owed = new();
    private volatile bool _isDone;
    private long _retryAt;
    private Task<bool>? _delivery;

    /// <summary>An item that can be taken over; not found when there is none, or none that may be read.</summary>
    public async ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        if (!await MayReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        try
        {
            var item = await store.GetAsync(key, withValue: true, cancellationToken).ConfigureAwait(false);
            Answered();
            return Usable(item);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            Suspend(fault);
            return default;
        }
    }

    /// <summary>Which of the keys they have something under.</summary>
    public async ValueTask<bool[]> HaveAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var have = new bool[keys.Length];
        if (keys.Length == 0 || !await MayReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return have;
        }

        try
        {
            var items = await store.GetManyAsync(keys, cancellationToken).ConfigureAwait(false);
            Answered();
            for (var i = 0; i < items.Length; i++)
            {
                var item = Usable(items[i]);
                have[i] = item.Found;
                item.Release();
            }
        }
        catch (Exception fault) when (IsFault(fault))
        {
            Suspend(fault);
        }

        return have;
    }

    /// <summary>
    /// Removes what they have under the keys. True where there was something, false where there was not, null where that could not be sent and is owed. That is told once, to whom
    /// it matters (<paramref name="tells"/>): asked again while it is still owed, it is false.
    /// </summary>
    public async Task<bool?[]> RemoveAsync(byte[][] keys, bool tells)
    {
        var removed = new bool?[keys.Length];
        if (IsDone())
        {
            Array.Fill(removed, false);
            return removed;
        }

        if (MayTry())
        {
            try
            {
                removed = await SendAsync(keys).ConfigureAwait(false);
            }
            catch (Exception fault) when (IsFault(fault))
            {
                Suspend(fault);
            }
        }

        for (var i = 0; i < keys.Length; i++)
        {
            if (removed[i] is null && !Owe(keys[i], tells))
            {
                removed[i] = false;
            }
        }

        return removed;
    }

    /// <summary>Not what a lease left there, nor what is about to end.</summary>
    private static StoredItem Usable(StoredItem item)
    {
        if (item.Found && (item.Value.Length == 0 || item.Remaining <= TimeSpan.Zero))
        {
            item.Release();
            return default;
        }

        return item;
    }

    private async ValueTask<bool> MayReadAsync(CancellationToken cancellationToken)
    {
        Task<bool> delivery;
        lock (_lock)
        {
            if (IsDone() || _owed.IsEmpty || IsSuspendedUnderLock())
            {
                return !IsDone() && MayTryUnderLock();
            }

            delivery = _delivery is { IsCompleted: false } underway ? underway : _delivery = ProcessWork.Begin(() => Task.Run(DeliverAsync, CancellationToken.None));
        }

        return await delivery.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> DeliverAsync()
    {
        while (_owed.Next() is { Length: > 0 } due)
        {
            if (!MayTry())
            {
                return false;
            }

            try
            {
                var removed = await SendAsync(due).ConfigureAwait(false);
                _owed.Settle(due, removed);
                if (Array.Exists(removed, static one => one is null))
                {
                    return false;
                }
            }
            catch (Exception fault) when (IsFault(fault))
            {
                Suspend(fault);
                return false;
            }
        }

        return !IsDone();
    }

    private async Task<bool?[]> SendAsync(byte[][] keys)
    {
        var removed = await store.RemoveManyAsync(Array.ConvertAll(keys, static key => (ReadOnlyMemory<byte>)key), CancellationToken.None).ConfigureAwait(false);
        if (Array.Exists(removed, static one => one is null))
        {
            Suspend(new MemcachedConnectionException("A removal did not reach the fallback servers."));
        }
        else
        {
            Answered();
        }

        return removed;
    }

    /// <summary>Whether that is to be told.</summary>
    private bool Owe(byte[] key, bool tells)
    {
        if (_isDone)
        {
            return false;
        }

        var isNews = _owed.Add(key, tells, out var isFull);
        if (isFull)
        {
            _isDone = true;
            Log.FallbackGivenUp(logger);
        }

        return isNews;
    }

    /// <summary>Switched off once, they stay so: what was removed meanwhile was not told to them.</summary>
    private bool IsDone() => _isDone || (_isDone = !isOn());

    private bool MayTry()
    {
        lock (_lock)
        {
            return MayTryUnderLock();
        }
    }

    private bool MayTryUnderLock()
    {
        if (IsSuspendedUnderLock())
        {
            return false;
        }

        // One tries, and the others wait for what becomes of it.
        _retryAt = _retryAt == 0 ? 0 : AfterPause(time.GetTimestamp());
        return true;
    }

    private bool IsSuspendedUnderLock() => _retryAt != 0 && time.GetTimestamp() < _retryAt;

    private void Answered()
    {
        if (Volatile.Read(ref _retryAt) != 0)
        {
            Volatile.Write(ref _retryAt, 0);
        }
    }

    private void Suspend(Exception fault)
    {
        metrics.Fault(fault);
        lock (_lock)
        {
            _retryAt = AfterPause(time.GetTimestamp());
        }
    }

    private long AfterPause(long now) => now + (long)(s_pause.TotalSeconds * time.TimestampFrequency);

    private static bool IsFault(Exception fault) => fault is MemcachedException or IOException or ObjectDisposedException;
}
