using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>What is remembered of one entry. Its figures are read and written by many threads without a lock: each is right, together they may be of different moments.</summary>
internal sealed class RecentKey(EntryAddress address)
{
    private const int Unknown = -1;

    private long _hits;
    private long _usedAt;
    private long _deadline = Unknown;
    private int _size = Unknown;
    private int _encrypted = Unknown;

    public EntryAddress Address => address;

    /// <summary>The registry's, under its lock: where it stands in the circle.</summary>
    public int Place { get; set; }

    /// <summary>Whether it was found again since the hand passed it. Set without a lock; a mark that is lost costs a second chance.</summary>
    public bool Used { get; private set; }

    public DateTimeOffset UsedAt => new(Interlocked.Read(ref _usedAt), TimeSpan.Zero);

    public bool HasEnded(DateTimeOffset now) => Interlocked.Read(ref _deadline) is > 0 and var ticks && ticks <= now.UtcTicks;

    public void Use(DateTimeOffset now, bool isHit)
    {
        Volatile.Write(ref _usedAt, now.UtcTicks);

        // The first hit is what brought it here. The mark is read before it is written, so that threads that use the same key share its memory.
        if (isHit && Interlocked.Increment(ref _hits) > 1 && !Used)
        {
            Used = true;
        }
    }

    public void Know(in EntryFacts facts)
    {
        Volatile.Write(ref _size, facts.Size);
        Volatile.Write(ref _encrypted, facts.IsEncrypted ? 1 : 0);
        Volatile.Write(ref _deadline, facts.Deadline?.UtcTicks ?? 0);
    }

    public void Pass() => Used = false;

    public RecentKeyRow ToRow() => new(address, Interlocked.Read(ref _hits), UsedAt, KnownSize, KnownEncryption, Deadline, HasFacts: KnownSize is not null);

    /// <summary>Takes over what another process, or this one before it was started again, knew.</summary>
    public void Restore(RecentKeyRow row)
    {
        Volatile.Write(ref _usedAt, row.UsedAt.UtcTicks);
        Volatile.Write(ref _hits, Math.Max(Volatile.Read(ref _hits), row.Hits));
        if (row.HasFacts)
        {
            Know(new EntryFacts(row.Size ?? 0, row.IsEncrypted ?? false, row.Deadline));
        }
    }

    private int? KnownSize => Volatile.Read(ref _size) is not Unknown and var size ? size : null;

    private bool? KnownEncryption => Volatile.Read(ref _encrypted) is not Unknown and var flag ? flag == 1 : null;

    private DateTimeOffset? Deadline => Interlocked.Read(ref _deadline) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
}

/// <summary>A recent key at one moment.</summary>
/// <param name="Address">Which entry.</param>
/// <param name="Hits">How often it was found, by this process.</param>
/// <param name="UsedAt">When it was used last.</param>
/// <param name="Size">How many bytes it takes sealed; null when that was not seen.</param>
/// <param name="IsEncrypted">Whether it is encrypted; null when that was not seen.</param>
/// <param name="Deadline">When it ends; null for never, or when that was not seen.</param>
/// <param name="HasFacts">Whether the last three were seen.</param>
internal sealed record RecentKeyRow(
    EntryAddress Address, long Hits, DateTimeOffset UsedAt, int? Size, bool? IsEncrypted, DateTimeOffset? Deadline, bool HasFacts);
