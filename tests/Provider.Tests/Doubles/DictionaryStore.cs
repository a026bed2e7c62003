using System.Collections.Concurrent;
using System.Text;
using ScopedCaching.Memcached;

namespace Provider.Tests.Doubles;

/// <summary>A store as a user might write one: gets, sets and removes, and nothing else.</summary>
internal sealed class DictionaryStore : ICacheStore
{
    public ConcurrentDictionary<string, (byte[] Bytes, uint Flags)> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a write of that key fails.</summary>
    public Func<string, bool> Refuses { get; set; } = static _ => false;

    /// <summary>Whether a write of that key stores other bytes.</summary>
    public Func<string, bool> Spoils { get; set; } = static _ => false;

    /// <summary>What a read of that key gives instead, if anything.</summary>
    public Func<string, ValueTask<StoredItem>?> Instead { get; set; } = static _ => null;

    /// <summary>Told of each removal before it is made; what it throws becomes of it.</summary>
    public Action<string> Removing { get; set; } = static _ => { };

    public StoreCapabilities Capabilities => StoreCapabilities.None;

    public long LargestValue => (1 << 20) - 1;

    public ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue = true, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Instead(Name(key)) is { } instead ? instead : ValueTask.FromResult(Items.TryGetValue(Name(key), out var item)
            ? new StoredItem(withValue ? item.Bytes : default, item.Flags, version: 0, remaining: null)
            : default);
    }

    public async ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default)
    {
        var items = new StoredItem[keys.Length];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = await GetAsync(keys.Span[i], withValue: true, cancellationToken);
        }

        return items;
    }

    public ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken = default) =>
        GetAsync(key, withValue: true, cancellationToken);

    public ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Refuses(Name(key)))
        {
            throw new MemcachedServerException("out of memory storing object");
        }

        var bytes = write.Value.ToArray();
        bytes[^1] ^= (byte)(Spoils(Name(key)) ? 1 : 0);
        Items[Name(key)] = (bytes, write.Flags);
        return ValueTask.FromResult(WriteOutcome.Stored);
    }

    public async ValueTask<WriteOutcome[]> SetManyAsync(
        ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken = default)
    {
        var outcomes = new WriteOutcome[items.Length];
        for (var i = 0; i < outcomes.Length; i++)
        {
            try
            {
                outcomes[i] = await SetAsync(items.Span[i].Key, items.Span[i].Value, cancellationToken);
            }
            catch (MemcachedException)
            {
                outcomes[i] = WriteOutcome.Unavailable;
            }
        }

        return outcomes;
    }

    public ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version = null, CancellationToken cancellationToken = default)
    {
        Removing(Name(key));
        return ValueTask.FromResult(Items.TryRemove(Name(key), out _));
    }

    public async ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default)
    {
        var removed = new bool?[keys.Length];
        for (var i = 0; i < removed.Length; i++)
        {
            removed[i] = await RemoveAsync(keys.Span[i], version: null, cancellationToken);
        }

        return removed;
    }

    public void Touch(ReadOnlyMemory<byte> key, TimeSpan life)
    {
    }

    public ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken = default) =>
        throw new MemcachedClientException("This store does not count.");

    private static string Name(ReadOnlyMemory<byte> key) => Encoding.ASCII.GetString(key.Span);
}
