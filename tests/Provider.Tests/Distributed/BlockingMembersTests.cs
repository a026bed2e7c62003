using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Distributed;

/// <summary>They change the process's thread pool, so they run alone.</summary>
[CollectionDefinition(nameof(AloneInTheThreadPool), DisableParallelization = true)]
public sealed class AloneInTheThreadPool;

[Collection(nameof(AloneInTheThreadPool))]
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Blocking is what is tested.")]
public sealed class BlockingMembersTests
{
    private const int Callers = 200;
    private const int Plugs = 100;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_hundred_blocked_pool_threads_all_finish_without_another_thread_of_the_pool(bool connected)
    {
        await using var server = await RealMemcachedServer.StartAsync();
        var ring = new MemoryKeyRing();
        using var process = CacheProcess.On(server, ring, options => (options.Timeout, options.ConnectTimeout) = (s_patience, s_patience));
        var cache = process.Distributed;
        using (var writer = CacheProcess.On(server, ring))
        {
            await (connected ? cache : writer.Distributed).SetAsync("key", [7], new DistributedCacheEntryOptions());
        }

        ThreadPool.GetMinThreads(out var workers, out var io);
        var values = new ConcurrentBag<byte[]?>();
        using var finished = new CountdownEvent(Callers);
        var plug = new ManualResetEventSlim();
        var blocking = 0;
        try
        {
            // The server stands still until all are blocked: there are threads enough to begin with, and then none is left.
            server.Pause();
            ThreadPool.SetMinThreads(Callers + 20, io);
            for (var i = 0; i < Callers; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    _ =>
                    {
                        Interlocked.Increment(ref blocking);
                        values.Add(cache.Get("key"));
                        finished.Signal();
                    },
                    state: null);
            }

            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref blocking) == Callers, s_patience));
            Assert.True(ThreadPool.SetMinThreads(2, 2));

            // What is idle still is put to sleep, and what the pool adds is too: whoever needs a thread of the pool waits in this queue.
            for (var i = 0; i < Plugs; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => plug.Wait(s_patience), state: null);
            }

            Assert.Equal(Callers, finished.CurrentCount);

            server.Resume();
            var resumed = Stopwatch.GetTimestamp();

            Assert.True(finished.Wait(s_patience));
            // The pool would take most of a minute to get past the plugs.
            Assert.InRange(Stopwatch.GetElapsedTime(resumed), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
        finally
        {
            plug.Set();
            ThreadPool.SetMinThreads(workers, io);
            server.Resume();
        }

        Assert.Equal(Callers, values.Count);
        Assert.All(values, value => Assert.Equal([7], value!));
    }

    [Fact]
    public void A_single_threaded_context_does_not_deadlock()
    {
        using var server = new EmbeddedMemcached();
        using var process = CacheProcess.On(server);
        var cache = process.Distributed;
        Exception? fault = null;
        var posted = 0;
        var thread = new Thread(() =>
        {
            // Whatever is posted waits for this thread, which is busy waiting.
            SynchronizationContext.SetSynchronizationContext(new StuckContext(() => Interlocked.Increment(ref posted)));
            try
            {
                cache.Set("key", [7], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) });
                Assert.Equal([7], cache.Get("key")!);
                cache.Refresh("key");
                Assert.Equal([7], BlockOn(cache.GetAsync("key"))!);
                BlockOn(cache.SetAsync("key", [8]));
                cache.Remove("key");
                Assert.Null(cache.Get("key"));
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
        }) { IsBackground = true };
        thread.Start();

        Assert.True(thread.Join(s_patience), "It deadlocked.");
        Assert.Null(fault);
        Assert.Equal(0, posted);
    }

    private static T BlockOn<T>(Task<T> task)
    {
        BlockOn((Task)task);
        return task.Result;
    }

    private static void BlockOn(Task task) => Assert.True(task.Wait(s_patience));

    private sealed class StuckContext(Action onPost) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => onPost();

        public override void Send(SendOrPostCallback d, object? state) => onPost();
    }
}
