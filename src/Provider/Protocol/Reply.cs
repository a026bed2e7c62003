using System.Buffers;

namespace ScopedCaching.Memcached.Protocol;

/// <summary>A whole reply. Its value is the receiver's own array, or stands in rented memory with one owner, who releases it once.</summary>
internal readonly struct Reply
{
    public Reply(in ReplyLine line, byte[]? value, bool rented)
    {
        Status = line.Status;
        ClientFlags = line.ClientFlags;
        Cas = line.Cas;
        Ttl = line.Ttl;
        Array = value;
        ValueLength = line.ValueLength;
        IsRented = rented;
        WonLease = line.WonLease;
    }

    public Reply(ReplyStatus status, byte[] text) => (Status, Array, ValueLength) = (status, text, text.Length);

    public ReplyStatus Status { get; }

    public uint ClientFlags { get; }

    public ulong Cas { get; init; }

    public long Ttl { get; }

    public bool WonLease { get; }

    /// <summary>The value or the text; longer than <see cref="ValueLength"/> when it is rented.</summary>
    public byte[]? Array { get; }

    public int ValueLength { get; }

    public bool IsRented { get; }

    public ReadOnlyMemory<byte> Value => Array.AsMemory(0, ValueLength);

    /// <summary>The item of a reply to a get that wanted an array of its own.</summary>
    public MemcachedItem ToItem() => Status switch
    {
        ReplyStatus.Value => new MemcachedItem(Array!, ClientFlags, Cas),
        ReplyStatus.Miss => default,
        _ => throw Unexpected(),
    };

    /// <summary>The item of a reply to a get whose value stands in rented memory: the item owns it now.</summary>
    public StoredItem ToStoredItem() => Status switch
    {
        ReplyStatus.Value or ReplyStatus.Done => new StoredItem(
            Value,
            ClientFlags,
            Cas,
            Ttl < 0 ? null : TimeSpan.FromSeconds(Ttl),
            IsRented && ValueLength > 0 ? Array : null,
            WonLease),
        ReplyStatus.Miss => default,
        _ => throw Unexpected(),
    };

    /// <summary>Whether it was done; false when there was no such item, or the condition was not met.</summary>
    public bool IsDone() => Status switch
    {
        ReplyStatus.Done => true,
        ReplyStatus.Miss or ReplyStatus.NotFound or ReplyStatus.NotStored or ReplyStatus.Exists => false,
        _ => throw Unexpected(),
    };

    /// <summary>For a status that the request does not allow.</summary>
    public MemcachedProtocolException Unexpected() => new($"The server answered {Status}, which this request does not allow.");

    public void Release()
    {
        if (IsRented && Array is { Length: > 0 })
        {
            ArrayPool<byte>.Shared.Return(Array);
        }
    }
}
