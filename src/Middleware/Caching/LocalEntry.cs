using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>
/// Something kept in process memory. It may be read by many threads at once. It belongs to one <see cref="LocalTier"/> and one address at a time; once
/// dropped it may be kept again.
/// </summary>
internal abstract class LocalEntry
{
    private long _endsAt;
    private bool _used;

    /// <summary>Estimated bytes of what the entry holds, beside this object and its address. Asked once, when it is kept.</summary>
    public abstract int Size { get; }

    /// <summary>
    /// The timestamp of the <see cref="TimeProvider"/> from which on the entry is found by <see cref="LocalTier.TryPeek"/> only. May be moved while the entry is
    /// kept: that is what a revalidation does.
    /// </summary>
    public long EndsAt
    {
        get => Volatile.Read(ref _endsAt);
        set => Volatile.Write(ref _endsAt, value);
    }

    /// <summary>The tier's: whether the entry was found since the hand passed it. Set without the lock; a mark that is lost costs a second chance.</summary>
    internal bool Used => _used;

    /// <summary>The tier's, under its lock: where the entry is kept; the default when it is not.</summary>
    internal EntryAddress Address { get; set; }

    /// <summary>The tier's, under its lock: the bytes it counts for.</summary>
    internal long Cost { get; set; }

    /// <summary>The tier's, under its lock: the neighbour the hand passed before.</summary>
    internal LocalEntry? Previous { get; set; }

    /// <summary>The tier's, under its lock: the neighbour the hand comes to next.</summary>
    internal LocalEntry? Next { get; set; }

    // Read before written, so that a hot entry's cache line is shared by the threads that find it.
    internal void Use()
    {
        if (!_used)
        {
            _used = true;
        }
    }

    internal void Forget() => _used = false;
}
