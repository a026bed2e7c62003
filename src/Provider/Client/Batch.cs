using System.Buffers;
using System.Diagnostics;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Client;

/// <summary>A call over many keys. Its requests are sent one after another without waiting, each to its own server, so that all servers work at once.</summary>
/// <typeparam name="TReply">What a request is answered with.</typeparam>
internal interface IBatch<TReply>
{
    int Count { get; }

    /// <summary>What each of its requests is, for telemetry.</summary>
    RequestName Request { get; }

    /// <summary>Sends the request for the key at <paramref name="index"/>.</summary>
    ValueTask<TReply> SendAsync(int index);

    /// <summary>Takes its reply, and says whether it is one; not called from two threads at once.</summary>
    bool Take(int index, in TReply reply);

    /// <summary>Takes its fault in place of a reply.</summary>
    void Fail(int index, MemcachedException fault);
}

/// <summary>What a fault of one key means for the others.</summary>
internal enum BatchFaults
{
    /// <summary>The first one is thrown, once all keys were tried.</summary>
    Throw,

    /// <summary>Each key tells its own.</summary>
    Each,

    /// <summary>Each key tells its own; when no key was answered, the first one is thrown.</summary>
    ThrowWhenAll,
}

/// <summary>Runs batches: single requests, pipelined, all awaited whatever happens to one. Nothing is allocated for a key.</summary>
internal static class BatchRunner
{
    // So many requests of one call are in flight at once: enough to fill the connections, and far from the bounds of their queues.
    private const int Window = 1024;

    /// <summary>Sends a window of requests at a time, and takes the replies. Errors of the caller's own are always thrown, and cancellation.</summary>
    public static ValueTask RunAsync<TReply>(IBatch<TReply> batch, BatchFaults faults) =>
        ServerTelemetry.HasSpans ? RunInSpanAsync(batch, faults) : RunAllAsync(batch, faults, span: null);

    /// <summary>A span for all of it, in place of one for each request.</summary>
    private static async ValueTask RunInSpanAsync<TReply>(IBatch<TReply> batch, BatchFaults faults)
    {
        using var span = ServerTelemetry.BeginBatch(batch.Request, batch.Count);
        try
        {
            await RunAllAsync(batch, faults, span).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            ServerTelemetry.Fail(span, fault);
            throw;
        }
    }

    private static async ValueTask RunAllAsync<TReply>(IBatch<TReply> batch, BatchFaults faults, Activity? span)
    {
        var waits = ArrayPool<ValueTask<TReply>>.Shared.Rent(Math.Min(batch.Count, Window));
        var (answered, first) = (0, (Exception?)null);
        for (var start = 0; start < batch.Count && first is null or MemcachedException and not MemcachedClientException; start += Window)
        {
            var sent = Send(batch, start, waits, ref first);

            // The first one wakes this call's thread while the reader still takes the others out of its buffer. Then the last one: once it is there, those before it are, too,
            // and awaiting them takes no turn of their own.
            for (var taken = 0; taken < sent; taken++)
            {
                var i = taken == 0 ? 0 : sent - taken;
                try
                {
                    answered += batch.Take(start + i, await waits[i].ConfigureAwait(false)) ? 1 : 0;
                }
                catch (MemcachedException fault) when (fault is not MemcachedClientException)
                {
                    first = first is null or MemcachedException and not MemcachedClientException ? fault : first;
                    batch.Fail(start + i, fault);
                }
                catch (Exception fault) when (fault is MemcachedException or OperationCanceledException or ObjectDisposedException)
                {
                    first = fault;
                }
            }
        }

        ArrayPool<ValueTask<TReply>>.Shared.Return(waits, clearArray: true);
        if (first is null && answered == 0 && batch.Count > 0 && (faults != BatchFaults.Each || span is not null))
        {
            first = new MemcachedConnectionException("No cache server can be reached, and it is too early to try again.");
        }

        if (answered == 0)
        {
            // Also where each key tells its own fault, and nobody throws.
            ServerTelemetry.Fail(span, first);
        }

        var isTolerated = faults == BatchFaults.Each || (faults == BatchFaults.ThrowWhenAll && answered > 0);
        if (first is not null && !(isTolerated && first is MemcachedException and not MemcachedClientException))
        {
            throw first;
        }
    }

    /// <summary>How many were sent; fewer than there are when one was the caller's own error.</summary>
    private static int Send<TReply>(IBatch<TReply> batch, int start, ValueTask<TReply>[] waits, ref Exception? first)
    {
        var count = Math.Min(batch.Count - start, Window);
        ServerPool.Gather();
        try
        {
            for (var i = 0; i < count; i++)
            {
                try
                {
                    waits[i] = batch.SendAsync(start + i);
                }
                catch (MemcachedException fault) when (fault is not MemcachedClientException)
                {
                    waits[i] = ValueTask.FromException<TReply>(fault);
                }
                catch (Exception fault)
                {
                    // What was sent is awaited all the same.
                    first = fault;
                    return i;
                }
            }

            return count;
        }
        finally
        {
            ServerPool.SendGathered();
        }
    }
}
