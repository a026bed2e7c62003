using System.Buffers.Text;

namespace ScopedCaching.Memcached.Embedded;

internal enum DeltaOutcome
{
    Changed,
    NotFound,
    Exists,
    NotANumber,
}

/// <summary>Increment and decrement of a decimal text, as <c>incr</c>, <c>decr</c> and <c>ma</c> do it.</summary>
internal static class ItemCounter
{
    private const int LongestNumber = 20;

    /// <param name="store">The store, its lock held.</param>
    /// <param name="key">The counter's key.</param>
    /// <param name="isIncrement">Adds, wrapping at 2^64; otherwise subtracts, stopping at 0.</param>
    /// <param name="delta">By how much.</param>
    /// <param name="cas">The CAS id to compare with, or 0.</param>
    /// <param name="value">The new value.</param>
    /// <param name="item">The entry that was found; no longer the stored one when the text had to grow.</param>
    public static DeltaOutcome Change(
        ItemStore store, ReadOnlySpan<byte> key, bool isIncrement, ulong delta, ulong cas, out ulong value, out StoredItem? item)
    {
        value = 0;
        item = store.Find(key);
        if (item is null)
        {
            Count(store.Statistics, isIncrement, found: false);
            return DeltaOutcome.NotFound;
        }

        // An empty value, such as a lease's placeholder, is not a number.
        if (item.Value.Length == 0)
        {
            return DeltaOutcome.NotANumber;
        }

        if (cas != 0 && cas != item.Cas)
        {
            return DeltaOutcome.Exists;
        }

        if (!CNumber.TryParseUnsigned(item.Value, out var current))
        {
            return DeltaOutcome.NotANumber;
        }

        Count(store.Statistics, isIncrement, found: true);
        value = isIncrement ? unchecked(current + delta) : current < delta ? 0 : current - delta;
        item = Write(store, item, value);
        return DeltaOutcome.Changed;
    }

    private static StoredItem Write(ItemStore store, StoredItem item, ulong value)
    {
        Span<byte> text = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(value, text, out var length);
        if (length <= item.Value.Length)
        {
            // A shorter number keeps the entry's length: the rest becomes blanks, which readers see.
            text[..length].CopyTo(item.Value);
            item.Value.AsSpan(length).Fill((byte)' ');
            item.Cas = store.NextCas();
            item.UsedAt = store.Clock.Now;
            return item;
        }

        var longer = new StoredItem(item.Key, text[..length].ToArray()) { ClientFlags = item.ClientFlags, Deadline = item.Deadline };
        store.Put(longer);

        // memcached 1.6.18 goes on with the entry it has just replaced: a T flag beside a growing number is lost.
        item.Cas = longer.Cas;
        return item;
    }

    private static void Count(ServerStatistics statistics, bool isIncrement, bool found)
    {
        if (isIncrement)
        {
            statistics.IncrementHits += found ? 1 : 0;
            statistics.IncrementMisses += found ? 0 : 1;
        }
        else
        {
            statistics.DecrementHits += found ? 1 : 0;
            statistics.DecrementMisses += found ? 0 : 1;
        }
    }
}
