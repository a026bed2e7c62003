using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Client;

/// <content>Verbs over many keys.</content>
internal sealed partial class MemcachedClient
{
    /// <summary>Of several servers one that does not answer must not cost what the others have; of one, there is nothing else.</summary>
    public BatchFaults FaultsOfReads => pool.Current.Only is null ? BatchFaults.ThrowWhenAll : BatchFaults.Throw;

    public async ValueTask<Dictionary<string, MemcachedItem>> GetManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var batch = new GetBatch(this, AsArray(keys), cancellationToken);
        await BatchRunner.RunAsync(batch, FaultsOfReads).ConfigureAwait(false);
        return batch.Found;
    }

    public async ValueTask<IReadOnlyList<string>> SetManyAsync(
        IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> items, Expiry expiry, uint flags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        var batch = new SetBatch(this, AsArray(items), expiry, flags, Exptime.Of(expiry, time) == Exptime.Past, cancellationToken);
        await BatchRunner.RunAsync(batch, BatchFaults.Each).ConfigureAwait(false);
        return batch.Failed;
    }

    public async ValueTask<int> DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var batch = new DeleteBatch(this, AsArray(keys), cancellationToken);
        await BatchRunner.RunAsync(batch, BatchFaults.Throw).ConfigureAwait(false);
        return batch.Removed;
    }

    private static T[] AsArray<T>(IReadOnlyCollection<T> items) => items as T[] ?? [.. items];

    private sealed class GetBatch(MemcachedClient client, string[] keys, CancellationToken cancellationToken) : IBatch<MemcachedItem>
    {
        public int Count => keys.Length;

        public RequestName Request => RequestName.Get;

        public Dictionary<string, MemcachedItem> Found { get; } = new(keys.Length, StringComparer.Ordinal);

        public ValueTask<MemcachedItem> SendAsync(int index) => client.ReadAsync<MemcachedItem>(keys[index], Item, wantsArray: true, touch: null, cancellationToken);

        public bool Take(int index, in MemcachedItem item)
        {
            if (item.Found)
            {
                Found[keys[index]] = item;
            }

            return true;
        }

        public void Fail(int index, MemcachedException fault)
        {
        }
    }

    private sealed class SetBatch(
        MemcachedClient client, KeyValuePair<string, ReadOnlyMemory<byte>>[] items, Expiry expiry, uint flags, bool isPast, CancellationToken cancellationToken) : IBatch<Reply>
    {
        private readonly bool[] _isStored = new bool[items.Length];

        public int Count => items.Length;

        public RequestName Request => RequestName.Set;

        /// <summary>In the order in which they were given.</summary>
        public List<string> Failed
        {
            get
            {
                var failed = new List<string>();
                for (var i = 0; i < items.Length; i++)
                {
                    if (!_isStored[i])
                    {
                        failed.Add(items[i].Key);
                    }
                }

                return failed;
            }
        }

        public ValueTask<Reply> SendAsync(int index) =>
            client.WriteAsync<Reply>(items[index].Key, items[index].Value, flags, expiry, SetMode.Set, cas: null, cancellationToken);

        public bool Take(int index, in Reply reply)
        {
            _isStored[index] = reply.IsDone() && !isPast;
            return true;
        }

        public void Fail(int index, MemcachedException fault)
        {
        }
    }

    private sealed class DeleteBatch(MemcachedClient client, string[] keys, CancellationToken cancellationToken) : IBatch<Reply>
    {
        public int Count => keys.Length;

        public RequestName Request => RequestName.Delete;

        public int Removed { get; private set; }

        public ValueTask<Reply> SendAsync(int index) => client.RemoveAsync<Reply>(keys[index], cas: null, cancellationToken);

        public bool Take(int index, in Reply reply)
        {
            Removed += reply.IsDone() ? 1 : 0;
            return true;
        }

        public void Fail(int index, MemcachedException fault)
        {
        }
    }
}
