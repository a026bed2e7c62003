namespace ScopedCaching.Memcached.Stores;

/// <content>Many calls at once.</content>
internal sealed partial class DistributedStore
{
    // How many calls of one batch are under way: some caches open a connection for each.
    private const int AtOnce = 32;

    /// <summary>Runs a batch until one of it fails: what has not begun by then is not begun, so that a cache that is away costs one timeout and not one for each.</summary>
    private static async Task UntilOneFailsAsync(int count, Func<int, Task> run)
    {
        try
        {
            await ForEachAsync(count, run).ConfigureAwait(false);
        }
        catch (MemcachedException)
        {
            // What was not delivered is told by its outcome, and counted above.
        }
    }

    private static async Task ForEachAsync(int count, Func<int, Task> run)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, count)).Select(_ => WorkAsync())).ConfigureAwait(false);

        async Task WorkAsync()
        {
            try
            {
                for (var i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1)
                {
                    await run(i).ConfigureAwait(false);
                }
            }
            catch
            {
                Volatile.Write(ref next, count);
                throw;
            }
        }
    }
}
