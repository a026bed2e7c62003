using System.Buffers;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <summary>The verbs. Every one builds a request and ends in <c>ExecuteAsync</c>.</summary>
/// <param name="pool">The servers.</param>
/// <param name="itemSizeLimit">The servers' item limit.</param>
/// <param name="time">For expirations.</param>
/// <param name="keysAreSealed">Keys are those of <see cref="ICacheStore"/>: they say what is their route, and what may not move. Any other key is hashed whole.</param>
/// <param name="section">The configuration section whose settings are named in messages.</param>
internal sealed partial class MemcachedClient(
    ServerPool pool, Func<int> itemSizeLimit, TimeProvider time, bool keysAreSealed = false, string section = MemcachedOptions.DefaultSection) : IMemcachedClient
{
    // The server's bookkeeping for an item, its version and flags, and the line end after the value.
    private const int ItemOverhead = 63;
    private const Wanted Item = Wanted.Value | Wanted.ClientFlags | Wanted.Cas;

    /// <summary>The largest value that fits whatever its key is.</summary>
    public int LargestValue => itemSizeLimit() - ItemOverhead - WireKey.MaxLength;

    /// <summary>
    /// Reads an item: as the server tells it (<see cref="Reply"/>), or as the item that it is. With <paramref name="lease"/> an absent item is
    /// created, empty, and lives so long.
    /// </summary>
    public ValueTask<TResult> ReadAsync<TResult>(
        MemcachedKey key, Wanted wanted, bool wantsArray, Expiry? touch, CancellationToken cancellationToken, Expiry? lease = null, IBufferWriter<byte>? destination = null)
    {
        var wireKey = WireKey.Encode(key, stackalloc byte[WireKey.MaxLength], out var isBase64);
        var request = new MetaRequest
        {
            Verb = Verb.Get,
            Key = wireKey,
            KeyIsBase64 = isBase64,
            Wanted = wanted,
            Destination = destination,
            Lease = lease is { } leased ? Exptime.Of(leased, time) : null,
            Exptime = touch is { } expiry ? Exptime.Of(expiry, time) : null,
        };
        return ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
    }

    /// <summary>Writes an item as the mode and <paramref name="cas"/> allow; the result is the <see cref="Reply"/>, or whether it was stored.</summary>
    public ValueTask<TResult> WriteAsync<TResult>(
        MemcachedKey key, ReadOnlyMemory<byte> value, uint flags, Expiry expiry, SetMode mode, ulong? cas, CancellationToken cancellationToken)
    {
        var wireKey = WireKey.Encode(key, stackalloc byte[WireKey.MaxLength], out var isBase64);
        ThrowIfTooLarge(wireKey.Length, value.Length);
        var request = new MetaRequest
        {
            Verb = Verb.Set,
            Key = wireKey,
            KeyIsBase64 = isBase64,
            Value = value.Span,
            ClientFlags = flags,
            Mode = mode,
            Exptime = Exptime.Of(expiry, time),
            Cas = cas,
        };
        return ExecuteAsync<TResult>(request, wantsArray: false, cancellationToken);
    }

    /// <summary>Removes an item, with <paramref name="cas"/> only while it has that version; the result is the <see cref="Reply"/>, or whether it was there.</summary>
    public ValueTask<TResult> RemoveAsync<TResult>(MemcachedKey key, ulong? cas, CancellationToken cancellationToken)
    {
        var wireKey = WireKey.Encode(key, stackalloc byte[WireKey.MaxLength], out var isBase64);
        return ExecuteAsync<TResult>(new MetaRequest { Verb = Verb.Delete, Key = wireKey, KeyIsBase64 = isBase64, Cas = cas }, wantsArray: false, cancellationToken);
    }

    public ValueTask<MemcachedItem> GetAsync(MemcachedKey key, CancellationToken cancellationToken) =>
        ReadItemAsync(key, touch: null, cancellationToken);

    public ValueTask<bool> GetAsync(MemcachedKey key, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        try
        {
            return ReadAsync<bool>(key, Wanted.Value, wantsArray: false, touch: null, cancellationToken, lease: null, destination);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<bool>(refusal);
        }
    }

    public ValueTask<MemcachedItem> GetAndTouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken) =>
        ReadItemAsync(key, expiry, cancellationToken);

    public ValueTask<bool> SetAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry, uint flags, CancellationToken cancellationToken) =>
        StoreAsync(key, value, expiry, flags, SetMode.Set, cancellationToken);

    public ValueTask<bool> AddAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry, uint flags, CancellationToken cancellationToken) =>
        StoreAsync(key, value, expiry, flags, SetMode.Add, cancellationToken);

    public ValueTask<bool> ReplaceAsync(MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry, uint flags, CancellationToken cancellationToken) =>
        StoreAsync(key, value, expiry, flags, SetMode.Replace, cancellationToken);

    public ValueTask<bool> AppendAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) =>
        StoreAsync(key, value, Expiry.Never, flags: 0, SetMode.Append, cancellationToken);

    public ValueTask<bool> PrependAsync(MemcachedKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) =>
        StoreAsync(key, value, Expiry.Never, flags: 0, SetMode.Prepend, cancellationToken);

    public async ValueTask<CasOutcome> CompareAndSwapAsync(
        MemcachedKey key, ReadOnlyMemory<byte> value, ulong cas, Expiry expiry, uint flags, CancellationToken cancellationToken)
    {
        var reply = await WriteAsync<Reply>(key, value, flags, expiry, SetMode.Set, cas, cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            ReplyStatus.Done => CasOutcome.Stored,
            ReplyStatus.Exists => CasOutcome.Exists,
            ReplyStatus.NotFound => CasOutcome.NotFound,
            _ => throw reply.Unexpected(),
        };
    }

    public ValueTask<bool> DeleteAsync(MemcachedKey key, CancellationToken cancellationToken)
    {
        try
        {
            return RemoveAsync<bool>(key, cas: null, cancellationToken);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<bool>(refusal);
        }
    }

    public ValueTask<bool> TouchAsync(MemcachedKey key, Expiry expiry, CancellationToken cancellationToken)
    {
        try
        {
            return ReadAsync<bool>(key, Wanted.Nothing, wantsArray: false, expiry, cancellationToken);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<bool>(refusal);
        }
    }

    /// <summary>The caller awaits the operation itself: the most used verbs cost no state machine. What was refused at once is told like what failed later.</summary>
    private ValueTask<MemcachedItem> ReadItemAsync(MemcachedKey key, Expiry? touch, CancellationToken cancellationToken)
    {
        try
        {
            return ReadAsync<MemcachedItem>(key, Item, wantsArray: true, touch, cancellationToken);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<MemcachedItem>(refusal);
        }
    }

    private ValueTask<bool> StoreAsync(
        MemcachedKey key, ReadOnlyMemory<byte> value, Expiry expiry, uint flags, SetMode mode, CancellationToken cancellationToken)
    {
        try
        {
            return WriteAsync<bool>(key, value, flags, expiry, mode, cas: null, cancellationToken);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<bool>(refusal);
        }
    }

    private void ThrowIfTooLarge(int keyLength, int valueLength)
    {
        long size = (long)keyLength + valueLength + ItemOverhead;
        if (size > itemSizeLimit())
        {
            throw new MemcachedValueTooLargeException(size, itemSizeLimit(), section, isToBeSplit: false);
        }
    }

    private static bool IsRefusal(Exception exception) => exception is MemcachedException or OperationCanceledException or ObjectDisposedException;
}
