using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached.Removals;

/// <summary>
/// Removals that did not reach whoever stores the entries: the keys, as they go over the wire. They are made up for before anything is read from there again, so that what was
/// removed does not come back. Bounded; what clears a whole scope has room of its own. Thread-safe.
/// </summary>
internal sealed class RemovalJournal
{
    /// <summary>The most keys.</summary>
    public const int Capacity = 65_536;

    /// <summary>So many of them are kept for keys that matter more than others.</summary>
    public const int Reserve = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], long> _keys = new(KeyBytes.Comparer);
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private long _latest;
    private volatile bool _isEmpty = true;

    public RemovalJournal() => _lookup = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();

    public bool IsEmpty => _isEmpty;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _keys.Count;
            }
        }
    }

    /// <summary>Remembers a key, which is copied; false: there is no room.</summary>
    /// <param name="key">As it goes over the wire.</param>
    /// <param name="usesReserve">Whether it matters more than others.</param>
    public bool TryAdd(ReadOnlySpan<byte> key, bool usesReserve)
    {
        lock (_lock)
        {
            if (_keys.Count >= (usesReserve ? Capacity : Capacity - Reserve) && !_lookup.ContainsKey(key))
            {
                return false;
            }

            _lookup[key] = ++_latest;
            _isEmpty = false;
            return true;
        }
    }

    /// <summary>Some of the keys, up to <paramref name="most"/>. They stay until they are <see cref="Delivered"/>.</summary>
    public List<RemovalEntry> Peek(int most)
    {
        var entries = new List<RemovalEntry>(Math.Min(most, _keys.Count));
        lock (_lock)
        {
            foreach (var (key, number) in _keys)
            {
                if (entries.Count == most)
                {
                    break;
                }

                entries.Add(new RemovalEntry(key, number));
            }
        }

        return entries;
    }

    /// <summary>A removal was acknowledged. What was remembered anew meanwhile stays.</summary>
    public void Delivered(in RemovalEntry entry)
    {
        lock (_lock)
        {
            if (_keys.TryGetValue(entry.Key, out var number) && number == entry.Number)
            {
                _keys.Remove(entry.Key);
            }

            _isEmpty = _keys.Count == 0;
        }
    }

    /// <summary>Compares keys by their bytes, wherever those stand.</summary>
    private sealed class KeyBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly KeyBytes Comparer = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>A key to be removed, and when it was remembered.</summary>
internal readonly record struct RemovalEntry(byte[] Key, long Number);
