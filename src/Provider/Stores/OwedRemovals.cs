using System.Text;

namespace ScopedCaching.Memcached.Stores;

/// <summary>Keys whose removal did not reach the fallback servers. Thread-safe.</summary>
internal sealed class OwedRemovals
{
    /// <summary>The most that are remembered.</summary>
    public const int Most = 16384;

    private const int Batch = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Key, bool IsTold)> _keys = new(StringComparer.Ordinal);
    private volatile bool _isEmpty = true;

    public bool IsEmpty => _isEmpty;

    /// <summary>Whether somebody is to be told of it, who was not before. With <paramref name="isFull"/> all are forgotten.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tells">Whether whoever removes waits to be told; else it was a write, which is done without.</param>
    /// <param name="isFull">There were too many.</param>
    public bool Add(byte[] key, bool tells, out bool isFull)
    {
        lock (_lock)
        {
            var name = NameOf(key);
            var wasTold = _keys.TryGetValue(name, out var known) && known.IsTold;
            _keys[name] = (key, tells || wasTold);
            isFull = _keys.Count > Most;
            if (isFull)
            {
                _keys.Clear();
            }

            _isEmpty = _keys.Count == 0;
            return tells && !wasTold;
        }
    }

    /// <summary>Some of them.</summary>
    public byte[][] Next()
    {
        lock (_lock)
        {
            return [.. _keys.Values.Take(Batch).Select(static owed => owed.Key)];
        }
    }

    /// <summary>Forgets those that were delivered: all but the nulls.</summary>
    public void Settle(byte[][] due, bool?[] removed)
    {
        lock (_lock)
        {
            for (var i = 0; i < due.Length; i++)
            {
                if (removed[i] is not null)
                {
                    _keys.Remove(NameOf(due[i]));
                }
            }

            _isEmpty = _keys.Count == 0;
        }
    }

    private static string NameOf(byte[] key) => Encoding.ASCII.GetString(key);
}
