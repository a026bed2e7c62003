namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// The entries: found by key, held within the memory limit by dropping the least recently used. Every member is used
/// under <see cref="Gate"/>, which a session holds for one command.
/// </summary>
internal sealed class ItemStore(ServerClock clock, long memoryLimit, int itemSizeLimit)
{
    private readonly Dictionary<byte[], StoredItem> _items = new(KeyComparer.Instance);
    private StoredItem? _newest;
    private StoredItem? _oldest;
    private ulong _lastCas;
    private uint _flushedThrough;
    private ulong _flushedBelowCas;

    public Lock Gate { get; } = new();

    public ServerClock Clock { get; } = clock;

    public ServerStatistics Statistics { get; private set; } = new();

    public long MemoryLimit { get; } = memoryLimit;

    public int ItemSizeLimit { get; } = itemSizeLimit;

    public long Bytes { get; private set; }

    /// <summary>Entries held; expired ones count until something looks at them or needs their memory.</summary>
    public int Count => _items.Count;

    public ulong NextCas() => ++_lastCas;

    public bool Fits(int keyLength, int valueLength, uint clientFlags) =>
        StoredItem.SizeOf(keyLength, valueLength, clientFlags) is var size && size <= ItemSizeLimit && size <= MemoryLimit;

    /// <summary>The live entry of a key. One that is past its deadline, or flushed, is dropped here and not found.</summary>
    public StoredItem? Find(ReadOnlySpan<byte> key)
    {
        if (!_items.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var item))
        {
            return null;
        }

        if (!IsDead(item))
        {
            return item;
        }

        Remove(item);
        return null;
    }

    /// <summary>Stores an entry in place of whatever had its key, under a new CAS id.</summary>
    public void Put(StoredItem item)
    {
        if (_items.Remove(item.Key, out var replaced))
        {
            Unchain(replaced);
        }

        item.Cas = NextCas();
        item.UsedAt = Clock.Now;
        _items.Add(item.Key, item);
        Chain(item);
        Statistics.TotalItems++;
        while (Bytes > MemoryLimit && _oldest is { } victim)
        {
            // The victim is never the new entry: Fits has refused what is larger than the whole memory.
            Statistics.Evictions += IsDead(victim) ? 0 : 1;
            Remove(victim);
        }
    }

    public void Remove(StoredItem item)
    {
        _items.Remove(item.Key);
        Unchain(item);
    }

    /// <summary>
    /// Records a read. The first one only marks the entry as fetched; from the second on the time of use moves too.
    /// </summary>
    public void Bump(StoredItem item)
    {
        if (item.IsFetched)
        {
            item.UsedAt = Clock.Now;
        }

        item.IsFetched = true;
        Unchain(item);
        Chain(item);
    }

    public void Clear()
    {
        Statistics.Evictions += _items.Count;
        _items.Clear();
        _newest = _oldest = null;
        Bytes = 0;
    }

    /// <summary>
    /// Makes everything older than the moment vanish once it has come. Without a delay the CAS ids tell what was there
    /// before from what is stored within the same second.
    /// </summary>
    public void Flush(int delay)
    {
        Statistics.Flushes++;
        _flushedThrough = delay > 0 ? Clock.ToDeadline(delay) - 1 : Clock.Now - 1;
        _flushedBelowCas = delay > 0 ? 0 : NextCas();
    }

    /// <summary>What has not ended, the least recently used first.</summary>
    public IEnumerable<StoredItem> Living()
    {
        for (var item = _oldest; item is not null; item = item.Newer)
        {
            if (!IsDead(item))
            {
                yield return item;
            }
        }
    }

    public void ResetStatistics() => Statistics = new ServerStatistics();

    private bool IsDead(StoredItem item)
    {
        var now = Clock.Now;
        return (item.Deadline != 0 && item.Deadline <= now)
            || (_flushedThrough != 0 && _flushedThrough <= now && (item.UsedAt <= _flushedThrough || item.Cas < _flushedBelowCas));
    }

    private void Chain(StoredItem item)
    {
        item.Older = _newest;
        item.Newer = null;
        if (_newest is not null)
        {
            _newest.Newer = item;
        }

        _newest = item;
        _oldest ??= item;
        Bytes += item.Size;
    }

    private void Unchain(StoredItem item)
    {
        if (item.Newer is null)
        {
            _newest = item.Older;
        }
        else
        {
            item.Newer.Older = item.Older;
        }

        if (item.Older is null)
        {
            _oldest = item.Newer;
        }
        else
        {
            item.Older.Newer = item.Newer;
        }

        Bytes -= item.Size;
    }
}
