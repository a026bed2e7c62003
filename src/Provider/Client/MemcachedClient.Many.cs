using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <content>Verbs over many keys: single requests, pipelined, all awaited whatever happens to one.</content>
internal sealed partial class MemcachedClient
{
    // So many requests of one call are in flight at once: enough to fill a connection, and far from the bounds of its queue.
    private const int Window = 1024;

    public async ValueTask<Dictionary<string, MemcachedItem>> GetManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var found = new Dictionary<string, MemcachedItem>(StringComparer.Ordinal);
        await ForEachAsync(
            keys,
            key => ReadAsync<Reply>(key, Item, wantsArray: true, touch: null, cancellationToken),
            (key, reply) =>
            {
                if (reply.ToItem() is { Found: true } item)
                {
                    found[key] = item;
                }
            },
            failed: null).ConfigureAwait(false);
        return found;
    }

    public async ValueTask<IReadOnlyList<string>> SetManyAsync(
        IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> items, Expiry expiry, uint flags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        var failed = new List<string>();
        var isPast = Exptime.Of(expiry, time) == Exptime.Past;
        await ForEachAsync(
            items,
            item => WriteAsync<Reply>(item.Key, item.Value, flags, expiry, SetMode.Set, cas: null, cancellationToken),
            (item, reply) =>
            {
                if (isPast || !reply.IsDone())
                {
                    failed.Add(item.Key);
                }
            },
            (item, fault) => failed.Add(item.Key)).ConfigureAwait(false);
        return failed;
    }

    public async ValueTask<int> DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var removed = 0;
        await ForEachAsync(
            keys,
            key => RemoveAsync<Reply>(key, cas: null, cancellationToken),
            (_, reply) => removed += reply.IsDone() ? 1 : 0,
            failed: null).ConfigureAwait(false);
        return removed;
    }

    /// <summary>
    /// Sends a request for each of <paramref name="inputs"/>, a window at a time, and takes the replies in order. A fault of one goes to
    /// <paramref name="failed"/>; without that, the first is thrown once all are answered. Errors of the caller's always are.
    /// </summary>
    internal static async ValueTask ForEachAsync<TInput>(
        IReadOnlyCollection<TInput> inputs, Func<TInput, ValueTask<Reply>> send, Action<TInput, Reply> take, Action<TInput, MemcachedException>? failed)
    {
        Exception? first = null;
        foreach (var window in inputs.Chunk(Window))
        {
            var waits = new ValueTask<Reply>[window.Length];
            var sent = 0;
            try
            {
                for (; sent < window.Length; sent++)
                {
                    waits[sent] = StartAsync(window[sent], send, failed is not null);
                }
            }
            finally
            {
                // Also when one was refused: what was sent is awaited.
                for (var i = 0; i < sent; i++)
                {
                    first = await TakeAsync(window[i], waits[i], take, failed).ConfigureAwait(false) ?? first;
                }
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    private static ValueTask<Reply> StartAsync<TInput>(TInput input, Func<TInput, ValueTask<Reply>> send, bool toleratesFaults)
    {
        try
        {
            return send(input);
        }
        catch (MemcachedException fault) when (toleratesFaults && fault is not MemcachedClientException)
        {
            return ValueTask.FromException<Reply>(fault);
        }
    }

    private static async ValueTask<Exception?> TakeAsync<TInput>(
        TInput input, ValueTask<Reply> wait, Action<TInput, Reply> take, Action<TInput, MemcachedException>? failed)
    {
        try
        {
            take(input, await wait.ConfigureAwait(false));
            return null;
        }
        catch (MemcachedException fault) when (failed is not null)
        {
            failed(input, fault);
            return null;
        }
        catch (Exception fault) when (fault is MemcachedException or OperationCanceledException)
        {
            return fault;
        }
    }
}
