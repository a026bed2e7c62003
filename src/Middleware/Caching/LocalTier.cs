using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>
/// Process memory in front of the shared cache, never above its capacity in bytes. Thread-safe; finding takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// What is not used makes room: the entries stand in a circle, and a hand goes round it. An entry that was found since the hand last passed gets a second
/// chance, one that was not is dropped. So what is read once and never again is gone after one round, and what is read again and again stays.
/// </remarks>
/// <param name="capacity">In bytes; 0 keeps nothing. An entry above an eighth of it is not kept.</param>
/// <param name="time">Whose timestamps <see cref="LocalEntry.EndsAt"/> is measured in.</param>
internal sealed class LocalTier(long capacity, TimeProvider time)
{
    /// <summary>The largest entry kept, as a part of the capacity: one value must not push out everything else.</summary>
    private const int LargestPart = 8;

    /// <summary>Where everything is in use, any victim is as good as another; so that a call is never held up by a round through all entries.</summary>
    private const int MostChances = 256;

    /// <summary>The dictionary's node and bucket, the fields of <see cref="LocalEntry"/>, the key's and the scope's objects; 64-bit.</summary>
    private const int EntryOverhead = 384;

    private readonly long _capacity = capacity >= 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "A capacity is not negative.");

    // Written only under the lock, so one stripe is enough. The address's own equality, because the compiler can see through that one.
    private readonly ConcurrentDictionary<EntryAddress, LocalEntry> _entries = new(concurrencyLevel: 1, capacity: 31);
    private readonly Lock _lock = new();
    private LocalEntry? _hand;
    private long _bytes;
    private int _count;

    /// <summary>The estimated bytes of all entries with their addresses; never above the capacity.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many entries are kept, those that have ended included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Finds an entry that has not ended. Reads the clock; a caller who has read it already hands it in.</summary>
    public bool TryGet(in EntryAddress address, [MaybeNullWhen(false)] out LocalEntry entry) => TryGet(address, time.GetTimestamp(), out entry);

    /// <inheritdoc cref="TryGet(in EntryAddress, out LocalEntry)"/>
    /// <param name="address">Where it was kept.</param>
    /// <param name="now">A timestamp of the tier's <see cref="TimeProvider"/>.</param>
    /// <param name="entry">What was found.</param>
    public bool TryGet(in EntryAddress address, long now, [MaybeNullWhen(false)] out LocalEntry entry)
    {
        if (_entries.TryGetValue(address, out entry) && now < entry.EndsAt)
        {
            entry.Use();
            return true;
        }

        entry = null;
        return false;
    }

    /// <summary>Finds an entry whether it has ended or not, to revalidate it.</summary>
    public bool TryPeek(in EntryAddress address, [MaybeNullWhen(false)] out LocalEntry entry)
    {
        if (!_entries.TryGetValue(address, out entry))
        {
            return false;
        }

        entry.Use();
        return true;
    }

    /// <summary>Keeps an entry in the place of the one before, or nothing when it is too large. Others make room.</summary>
    /// <exception cref="InvalidOperationException">It is kept at another address.</exception>
    public void Set(in EntryAddress address, LocalEntry entry)
    {
        var size = entry.Size;
        ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(entry));
        var cost = Cost(address, size);
        lock (_lock)
        {
            ThrowIfElsewhereUnderLock(address, entry);
            if (cost > _capacity / LargestPart)
            {
                DropUnderLock(address);
                return;
            }

            // The dictionary keeps the key it has, so the entry that takes the place of another is counted with that one.
            var (kept, used) = (address, false);
            if (_entries.TryGetValue(address, out var before))
            {
                (kept, used) = (before.Address, before.Used);
                UnlinkUnderLock(before);
            }

            while (_bytes + cost > _capacity)
            {
                DropUnderLock(VictimUnderLock().Address);
            }

            (entry.Address, entry.Cost) = (kept, cost);
            LinkUnderLock(entry);
            if (used)
            {
                entry.Use();
            }

            _entries[kept] = entry;
        }
    }

    /// <summary>Drops an entry. False when there was none.</summary>
    public bool Remove(in EntryAddress address)
    {
        // Most of what is removed is not kept here, and needs no lock to know it.
        if (!_entries.ContainsKey(address))
        {
            return false;
        }

        lock (_lock)
        {
            return DropUnderLock(address);
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            while (_hand is { } entry)
            {
                UnlinkUnderLock(entry);
            }
        }
    }

    /// <summary>
    /// What an entry counts for. Its scope counts in full, though entries of one customer mostly share theirs: those of a session have one for each request.
    /// The text of a scope stands in it twice, as strings and joined.
    /// </summary>
    internal static long Cost(in EntryAddress address, int size)
    {
        var scope = address.Scope;
        long text = scope.Prefix.Length + scope.Level.Length + scope.Isolation.Length + scope.Id.Length + scope.View.Length;
        return EntryOverhead + (2 * sizeof(char) * text) + (sizeof(char) * (long)address.Key.Length) + size;
    }

    private static void ThrowIfElsewhereUnderLock(in EntryAddress address, LocalEntry entry)
    {
        if (entry.Next is not null && entry.Address != address)
        {
            throw new InvalidOperationException("The entry is kept at another address.");
        }
    }

    private LocalEntry VictimUnderLock()
    {
        for (var chances = 0; _hand!.Used && chances < MostChances; chances++)
        {
            _hand.Forget();
            _hand = _hand.Next;
        }

        return _hand;
    }

    private bool DropUnderLock(in EntryAddress address)
    {
        if (!_entries.TryRemove(address, out var entry))
        {
            return false;
        }

        UnlinkUnderLock(entry);
        return true;
    }

    // In front of the hand, which is as far as can be from where it will come next.
    private void LinkUnderLock(LocalEntry entry)
    {
        if (_hand is null)
        {
            entry.Previous = entry.Next = _hand = entry;
        }
        else
        {
            (entry.Previous, entry.Next) = (_hand.Previous, _hand);
            entry.Previous!.Next = entry;
            _hand.Previous = entry;
        }

        Volatile.Write(ref _bytes, _bytes + entry.Cost);
        Volatile.Write(ref _count, _count + 1);
    }

    private void UnlinkUnderLock(LocalEntry entry)
    {
        if (entry.Next == entry)
        {
            _hand = null;
        }
        else
        {
            entry.Previous!.Next = entry.Next;
            entry.Next!.Previous = entry.Previous;
            _hand = _hand == entry ? entry.Next : _hand;
        }

        Volatile.Write(ref _bytes, _bytes - entry.Cost);
        Volatile.Write(ref _count, _count - 1);
        entry.Previous = entry.Next = null;
        entry.Address = default;
        entry.Forget();
    }
}
