using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>Told of every operation at its end, on the operation's own thread: it must be quick, thread-safe, and must not throw.</summary>
internal interface IOperationObserver
{
    /// <summary>An operation has ended.</summary>
    /// <param name="level">Where.</param>
    /// <param name="kind">What was asked.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="tier">Where the answer of a read came from.</param>
    /// <param name="elapsed">How long it took, a factory included.</param>
    /// <param name="address">The entry; of a clear, or the removal of tags, the scope that it reached, with an empty key.</param>
    void Ended(StorageLevel level, CacheOperationKind kind, CacheOperationOutcome outcome, CacheTier tier, TimeSpan elapsed, in EntryAddress address);
}

/// <summary>Who is told; mostly nobody.</summary>
internal sealed class OperationWatch
{
    private IOperationObserver? _observer;

    /// <summary>Set at startup.</summary>
    public IOperationObserver? Observer
    {
        get => Volatile.Read(ref _observer);
        set => Volatile.Write(ref _observer, value);
    }
}
