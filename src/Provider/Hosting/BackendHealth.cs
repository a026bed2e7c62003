using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Stores;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Asks whoever stores the entries: all memcached servers at once, or the backend in their place, and nobody for longer than an operation may take.</summary>
internal sealed class BackendHealth(Func<string> name, MemcachedClient? client, ICacheStore store, RemovalJournals journals, Func<bool> foreignKeyRingSeen, Func<MemcachedOptions> options, TimeProvider time)
{
    // What is asked for to see whether somebody answers; entries' keys have a prefix and a hash.
    private static readonly byte[] s_noKey = "scopedcaching:health"u8.ToArray();

    /// <summary>The name of the backend in use.</summary>
    public string Name => name();

    /// <summary>Whether it is memcached, which is asked server by server.</summary>
    public bool HasServers => client is not null;

    /// <summary>Whether entries were met that another DataProtection key ring sealed.</summary>
    public bool ForeignKeyRingSeen => foreignKeyRingSeen();

    /// <summary>How many removals wait to be delivered, wherever.</summary>
    public int Undelivered => journals.Undelivered + ((store as JournaledStore)?.Undelivered ?? 0);

    /// <summary>What each server says, or the one backend.</summary>
    public async ValueTask<ServerAnswer<string>[]> AskAsync(CancellationToken cancellationToken) =>
        client is not null ? await client.VersionsAsync(cancellationToken).ConfigureAwait(false) : [await AskStoreAsync(cancellationToken).ConfigureAwait(false)];

    private async ValueTask<ServerAnswer<string>> AskStoreAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        Task<StoredItem>? asked = null;
        Exception reason;
        try
        {
            // A store of the application's own may have no timeout. (What it answers later is not missed: without the value nothing is rented.)
            asked = store.GetAsync(s_noKey, withValue: false, cancellationToken).AsTask();
            var item = await asked.WaitAsync(options().Timeout, time, cancellationToken).ConfigureAwait(false);
            item.OrThrow().Release();
            return new ServerAnswer<string>(Name, Result: "", Fault: null, MemcachedServerState.Up, time.GetElapsedTime(start), Undelivered);
        }
        catch (Exception fault) when (fault is MemcachedException or IOException)
        {
            reason = fault;
        }
        catch (TimeoutException fault)
        {
            reason = new MemcachedTimeoutException($"The backend '{Name}' did not answer in time.", fault);
        }
        finally
        {
            if (asked is { IsCompleted: false })
            {
                _ = ObserveAsync(asked);
            }
        }

        return new ServerAnswer<string>(Name, Result: null, reason, MemcachedServerState.Down, RoundTrip: default, Undelivered);
    }

    /// <summary>Nobody waits for it any more; its fault, if one comes, is not to be an unobserved one.</summary>
    private static async Task ObserveAsync(Task left) => await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
