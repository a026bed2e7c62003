using System.Collections.Concurrent;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Connections;

public sealed class OperationTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly OperationPool _pool = new();

    [Fact]
    public async Task An_operation_is_reused_once_the_caller_and_then_the_connection_let_go()
    {
        var (operation, wait) = Start();
        operation.TryComplete(NewReply("value"));
        operation.GoOn();
        await wait;
        Assert.NotSame(operation, _pool.Rent());

        operation.Release();

        Assert.Same(operation, _pool.Rent());
    }

    [Fact]
    public async Task An_operation_is_reused_once_the_connection_and_then_the_caller_let_go()
    {
        var (operation, wait) = Start();
        operation.TryComplete(NewReply("value"));
        operation.GoOn();
        operation.Release();
        Assert.NotSame(operation, _pool.Rent());

        await wait;

        Assert.Same(operation, _pool.Rent());
    }

    [Fact]
    public async Task A_cancelled_operation_is_not_reused_before_its_reply_was_read()
    {
        using var cancellation = new CancellationTokenSource();
        var (operation, wait) = Start(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.InTime());
        Assert.NotSame(operation, _pool.Rent());

        Assert.False(operation.TryComplete(NewReply("late")));
        operation.Release();

        Assert.Same(operation, _pool.Rent());
    }

    [Fact]
    public async Task The_outcome_is_decided_once()
    {
        var (operation, wait) = Start();

        Assert.True(operation.TryComplete(NewReply("first")));
        Assert.False(operation.TryComplete(NewReply("second")));
        Assert.False(operation.TryFail(new MemcachedTimeoutException("third")));
        operation.GoOn();

        Assert.Equal("first"u8.ToArray(), (await wait.InTime()).Array);
    }

    [Fact]
    public async Task The_next_use_sees_nothing_of_the_former_one()
    {
        using var cancellation = new CancellationTokenSource();
        var (operation, former) = Start(cancellation.Token);
        operation.TryFail(new MemcachedTimeoutException("former"));
        operation.Release();
        await Assert.ThrowsAsync<MemcachedTimeoutException>(() => former.InTime());

        var (same, wait) = Start();
        Assert.Same(operation, same);
        await cancellation.CancelAsync();
        Assert.False(same.IsDecided);
        same.TryComplete(NewReply("later"));
        same.GoOn();

        Assert.Equal("later"u8.ToArray(), (await wait.InTime()).Array);
        Assert.Throws<InvalidOperationException>(() => former.IsCompleted);
    }

    [Fact]
    public async Task Continuations_run_on_pool_threads_whatever_ends_the_wait()
    {
        var clock = new FakeClock();
        var server = new ScriptedServer();
        using var client = new TestClient(server, clock, TestClient.Limits(Timeout));
        using var cancellation = new CancellationTokenSource();
        var threads = new ConcurrentBag<(string How, string? Name, bool IsPool)>();

        var timedOut = ObserveAsync("timeout", client.Verbs.GetAsync("key"));
        var link = await server.LinkAsync();
        await link.SentAsync("O1");
        clock.Advance(Timeout);
        await timedOut.InTime();
        link.Say("EN O1\r\n");
        var answered = ObserveAsync("reply", client.Verbs.GetAsync("key"));
        var refused = ObserveAsync("error in step", client.Verbs.IncrementAsync("key"));
        var cancelled = ObserveAsync("cancellation", client.Verbs.GetAsync("key", cancellation.Token));
        var lost = ObserveAsync("loss", client.Verbs.TouchAsync("key", Expiry.Never));
        await link.SentAsync("O5");
        link.Say("EN O2\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
        await Task.WhenAll(answered, refused).InTime();
        var canceller = new Thread(cancellation.Cancel);
        canceller.Start();
        await cancelled.InTime();
        link.Close();
        await lost.InTime();

        Assert.Equal(5, threads.Count);
        Assert.All(threads, thread => Assert.True(thread.IsPool, $"{thread.How} continued on '{thread.Name}'"));
        return;

        Task ObserveAsync<T>(string how, ValueTask<T> wait)
        {
            var ended = new TaskCompletionSource();
            var awaiter = wait.ConfigureAwait(false).GetAwaiter();
            awaiter.UnsafeOnCompleted(() =>
            {
                threads.Add((how, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
                ended.SetResult();
            });
            return ended.Task;
        }
    }

    private static Reply NewReply(string text) => new(ReplyStatus.Text, System.Text.Encoding.ASCII.GetBytes(text));

    private (Operation Operation, ValueTask<Reply> Wait) Start(CancellationToken cancellationToken = default)
    {
        var operation = _pool.Rent();
        operation.Prepare(new MetaRequest { Verb = Verb.Get }, wantsArray: true, deadline: 0);
        return (operation, operation.WaitAsync<Reply>(cancellationToken));
    }
}
