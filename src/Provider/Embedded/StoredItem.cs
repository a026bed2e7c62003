namespace ScopedCaching.Memcached.Embedded;

/// <summary>One entry. Read and changed only under the store's lock.</summary>
internal sealed class StoredItem(byte[] key, byte[] value)
{
    // Sizes of memcached 1.6.18 on 64 bits: header, CAS id, the key's terminator, the value's CR LF, client flags when there are any.
    private const int HeaderSize = 48 + 8 + 1 + 2;
    private const int ClientFlagsSize = 4;

    public byte[] Key { get; } = key;

    public byte[] Value { get; } = value;

    public uint ClientFlags { get; init; }

    /// <summary>A second of <see cref="ServerClock"/>, or 0 for never.</summary>
    public uint Deadline { get; set; }

    /// <summary>The second of the last use that counts as one.</summary>
    public uint UsedAt { get; set; }

    public ulong Cas { get; set; }

    /// <summary>The key came in base64, and goes out so.</summary>
    public bool HasBinaryKey { get; init; }

    public bool IsFetched { get; set; }

    /// <summary>Invalidated, but still readable.</summary>
    public bool IsStale { get; set; }

    /// <summary>Some reader was told that it won the right to recreate the value.</summary>
    public bool IsTokenSent { get; set; }

    public StoredItem? Newer { get; set; }

    public StoredItem? Older { get; set; }

    public int Size => SizeOf(Key.Length, Value.Length, ClientFlags);

    public static int SizeOf(int keyLength, int valueLength, uint clientFlags)
    {
        var size = (long)HeaderSize + keyLength + valueLength + (clientFlags == 0 ? 0 : ClientFlagsSize);
        return size > int.MaxValue ? int.MaxValue : (int)size;
    }
}
