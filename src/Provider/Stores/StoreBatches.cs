using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Stores;

/// <summary>Reads of many items; the results stand in the order of the keys.</summary>
internal sealed class ReadBatch(MemcachedClient client, ReadOnlyMemory<ReadOnlyMemory<byte>> keys, Wanted wanted, CancellationToken cancellationToken) : IBatch<StoredItem>
{
    public int Count => keys.Length;

    public RequestName Request => RequestName.Get;

    public StoredItem[] Items { get; } = new StoredItem[keys.Length];

    public ValueTask<StoredItem> SendAsync(int index) => client.ReadAsync<StoredItem>(keys.Span[index], wanted, wantsArray: false, touch: null, cancellationToken);

    public bool Take(int index, in StoredItem item)
    {
        Items[index] = item;
        return !item.IsUnreachable;
    }

    public void Fail(int index, MemcachedException fault) => Items[index] = StoredItem.Unreachable;
}

/// <summary>Writes of many items. Of those that fail it is remembered that what was there before is to go.</summary>
internal sealed class WriteBatch(
    MemcachedStore store, MemcachedClient client, ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken) : IBatch<Reply>
{
    public int Count => items.Length;

    public RequestName Request => RequestName.Set;

    public WriteOutcome[] Outcomes { get; } = new WriteOutcome[items.Length];

    /// <summary>False: there was no room for some of it.</summary>
    public bool IsRemembered { get; private set; } = true;

    public ValueTask<Reply> SendAsync(int index) => store.SendAsync(items.Span[index].Key, items.Span[index].Value, cancellationToken);

    public bool Take(int index, in Reply reply)
    {
        Outcomes[index] = MemcachedStore.OutcomeOf(reply);
        return true;
    }

    public void Fail(int index, MemcachedException fault) => Drop(index, fault);

    /// <summary>In place of sending: no server answers.</summary>
    public void FailAll()
    {
        for (var i = 0; i < Count; i++)
        {
            Drop(i, fault: null);
        }
    }

    private void Drop(int index, MemcachedException? fault)
    {
        var (key, write) = items.Span[index];
        Outcomes[index] = WriteOutcome.Unavailable;
        IsRemembered &= !MemcachedStore.LeavesFormer(write, fault) || client.Remember(key);
    }
}

/// <summary>Removals of many items; null stands for one that was not delivered, which is remembered. Not cancelled once begun: whether they were delivered would be unknown.</summary>
internal sealed class RemoveBatch(MemcachedClient client, ReadOnlyMemory<ReadOnlyMemory<byte>> keys) : IBatch<Reply>
{
    public int Count => keys.Length;

    public RequestName Request => RequestName.Delete;

    public bool?[] Removed { get; } = new bool?[keys.Length];

    /// <summary>False: there was no room for some of it.</summary>
    public bool IsRemembered { get; private set; } = true;

    public ValueTask<Reply> SendAsync(int index) => client.RemoveAsync<Reply>(keys.Span[index], cas: null, CancellationToken.None);

    public bool Take(int index, in Reply reply)
    {
        Removed[index] = reply.Status == ReplyStatus.Done;
        return true;
    }

    public void Fail(int index, MemcachedException fault) => IsRemembered &= client.Remember(keys.Span[index]);

    /// <summary>In place of sending: no server answers.</summary>
    public void FailAll()
    {
        for (var i = 0; i < Count; i++)
        {
            IsRemembered &= client.Remember(keys.Span[i]);
        }
    }
}
