using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Waiting;

namespace Provider.Tests.Waiting;

public sealed class BlockingCallerTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();
    private readonly TestClient _client;

    public BlockingCallerTests() => _client = new TestClient(_server.Transport);

    [Fact]
    public Task A_result_that_is_there_is_returned() => OnAThread(() =>
        Assert.Equal(5, BlockingCaller.Run(5, static number => new ValueTask<int>(number))));

    [Fact]
    public Task A_call_over_the_network_continues_on_the_blocked_thread() => OnAThread(() =>
    {
        var threads = BlockingCaller.Run(_client.Verbs, static async client =>
        {
            await client.SetAsync("key", "value"u8.ToArray()).ConfigureAwait(false);
            var first = Environment.CurrentManagedThreadId;
            await client.GetManyAsync(["key", "other"]).ConfigureAwait(false);
            return (first, Environment.CurrentManagedThreadId);
        });

        Assert.Equal((Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId), threads);
    });

    [Fact]
    public Task A_fault_is_thrown_as_it_is() => OnAThread(() =>
    {
        Assert.Throws<MemcachedClientException>(() => BlockingCaller.Run(_client.Verbs, static client => client.GetAsync("")));
        BlockingCaller.Run(_client.Verbs, static client => client.SetAsync("text", "text"u8.ToArray()));
        Assert.Throws<MemcachedServerException>(() => BlockingCaller.Run(_client.Verbs, static client => client.IncrementAsync("text")));
    });

    [Fact]
    public Task Afterwards_the_thread_is_inside_no_blocking_call() => OnAThread(() =>
    {
        Assert.True(BlockingCaller.Run(0, static _ => new ValueTask<bool>(BlockingCaller.Current is not null)));
        Assert.Throws<InvalidOperationException>(() => BlockingCaller.Run<int, int>(0, static _ => throw new InvalidOperationException()));

        Assert.Null(BlockingCaller.Current);
    });

    [Fact]
    public Task A_call_that_continues_elsewhere_is_waited_for() => OnAThread(() =>
        Assert.Equal(5, BlockingCaller.Run(0, static async _ =>
        {
            await Task.Delay(20).ConfigureAwait(false);
            return 5;
        })));

    [Fact]
    public Task A_blocking_call_inside_another_ends() => OnAThread(() =>
    {
        var found = BlockingCaller.Run(_client.Verbs, static async client =>
        {
            await client.SetAsync("key", "value"u8.ToArray()).ConfigureAwait(false);
            var inner = BlockingCaller.Run(client, static async again =>
            {
                await again.GetAsync("key").ConfigureAwait(false);
                return await again.GetAsync("key").ConfigureAwait(false);
            });
            var after = await client.GetAsync("key").ConfigureAwait(false);
            return inner.Found && after.Found;
        });

        Assert.True(found);
        Assert.Null(BlockingCaller.Current);
    });

    [Fact]
    public Task A_blocking_call_may_wait_for_what_the_outer_one_has_begun() => OnAThread(() =>
    {
        var found = BlockingCaller.Run(_client.Verbs, static async client =>
        {
            var begun = TwiceAsync(client);
            await Task.CompletedTask;
            return BlockingCaller.Run(begun, static wait => new ValueTask<bool>(wait));
        });

        Assert.False(found);

        static async Task<bool> TwiceAsync(IMemcachedClient client)
        {
            await client.GetAsync("absent").ConfigureAwait(false);
            return (await client.GetAsync("absent").ConfigureAwait(false)).Found;
        }
    });

    [Fact]
    public async Task What_comes_after_the_blocked_thread_has_left_runs_on_the_pool()
    {
        var left = default(BlockingCaller);
        await OnAThread(() => left = BlockingCaller.Run(0, static _ => new ValueTask<BlockingCaller>(BlockingCaller.Current!)));
        var work = new Work();

        left!.Post(work);

        Assert.True(await work.RanOnThePool.Task.InTime());
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private static Task OnAThread(Action action)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                action();
                ended.SetResult();
            }
            catch (Exception fault)
            {
                ended.SetException(fault);
            }
        }) { IsBackground = true }.Start();
        return ended.Task.InTime();
    }

    private sealed class Work : IThreadPoolWorkItem
    {
        public TaskCompletionSource<bool> RanOnThePool { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute() => RanOnThePool.SetResult(Thread.CurrentThread.IsThreadPoolThread);
    }
}
