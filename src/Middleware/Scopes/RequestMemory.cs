using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching.Scopes;

/// <summary>What one request has read, so that it reads it once. Ends with the request; small, because many requests run at once. Thread-safe.</summary>
internal sealed class RequestMemory
{
    private const int MostBytes = 1 << 20;
    private const int MostEntries = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<EntryAddress, (object Entry, int Size)> _entries = [];
    private long _bytes;
    private long _changes;

    /// <summary>Taken before a read; what was read is kept only when nothing was changed through this request since.</summary>
    public long Changes => Volatile.Read(ref _changes);

    public bool TryGet(in EntryAddress address, [MaybeNullWhen(false)] out object entry)
    {
        lock (_lock)
        {
            var found = _entries.TryGetValue(address, out var kept);
            entry = kept.Entry;
            return found;
        }
    }

    /// <summary>Once it is full, the request goes on reading.</summary>
    public void Keep(in EntryAddress address, object entry, int size, long changes)
    {
        lock (_lock)
        {
            if (changes != _changes)
            {
                return;
            }

            // What is there is of no use to who read the entry again: past its time, or in another format.
            DropUnderLock(address);
            if (_entries.Count < MostEntries && _bytes + size <= MostBytes)
            {
                _entries.Add(address, (entry, size));
                _bytes += size;
            }
        }
    }

    public void Forget(in EntryAddress address)
    {
        lock (_lock)
        {
            _changes++;
            DropUnderLock(address);
        }
    }

    public void ForgetAll()
    {
        lock (_lock)
        {
            _changes++;
            _entries.Clear();
            _bytes = 0;
        }
    }

    private void DropUnderLock(in EntryAddress address)
    {
        if (_entries.Remove(address, out var dropped))
        {
            _bytes -= dropped.Size;
        }
    }
}
