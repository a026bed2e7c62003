using System.Runtime.InteropServices;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// Keys by their fingerprints: which connection is a key's, and which keys have large values, as far as that was seen. The latter are few and forgotten by chance: one that is
/// not known only travels among the small ones once more. Thread-safe.
/// </summary>
internal sealed class LargeKeys
{
    private const int Kept = 4096;

    private readonly ulong[] _fingerprints = new ulong[Kept];
    private volatile bool _isUsed;

    /// <summary>Whether there was ever any.</summary>
    public bool IsUsed => _isUsed;

    public static ulong Fingerprint(ReadOnlySpan<byte> key)
    {
        var hash = 0x9E3779B97F4A7C15UL ^ (ulong)key.Length;
        while (key.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(key));
            key = key[sizeof(ulong)..];
        }

        foreach (var one in key)
        {
            hash = (hash ^ one) * 0x100000001B3UL;
        }

        return Mix(hash);
    }

    public void Add(ulong fingerprint)
    {
        Volatile.Write(ref _fingerprints[fingerprint % Kept], fingerprint);
        _isUsed = true;
    }

    public bool Contains(ulong fingerprint) => Volatile.Read(ref _fingerprints[fingerprint % Kept]) == fingerprint;

    // The finalizer of MurmurHash3.
    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDUL;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return hash ^ (hash >> 33);
    }
}
