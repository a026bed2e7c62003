using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;
using ScopedCaching.Memcached.Waiting;

namespace Provider.Tests.Waiting;

[Collection(nameof(Alone))]
public sealed class StarvedPoolTests
{
    private const int Callers = 200;

    [Fact]
    public async Task Two_hundred_blocked_callers_finish_on_two_pool_threads_over_a_real_memcached()
    {
        await using var server = await RealMemcachedServer.StartAsync();

        await FinishOnTwoThreadsAsync(new SocketTransport("127.0.0.1", server.Port, Eventually.Patience));
    }

    [Fact]
    public async Task Two_hundred_blocked_callers_finish_on_two_pool_threads_over_the_embedded_server()
    {
        using var server = new EmbeddedMemcached();

        await FinishOnTwoThreadsAsync(server.Transport);
    }

    [Fact]
    public async Task Two_hundred_blocked_callers_finish_on_two_pool_threads_under_tls()
    {
        using var certificates = new TestCertificates();
        await using var server = await RealMemcachedServer.StartAsync(certificates.ServerArguments(certificates.Server()));

        // TLS is asynchronous inside, and must not need a thread of the pool for that, not even to shake hands.
        await FinishOnTwoThreadsAsync(TestLinks.To(
            server, new MemcachedOptions { Tls = new MemcachedTlsOptions { Enabled = true, CertificateAuthority = certificates.AuthorityPath } }));
    }

    [Fact]
    public async Task Two_hundred_threads_blocked_at_once_all_get_their_own_value()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var client = new TestClient(new SocketTransport("127.0.0.1", server.Port, Eventually.Patience));
        using var start = new Barrier(Callers);
        var wrong = Callers;
        var threads = Enumerable.Range(0, Callers).Select(number => new Thread(() =>
        {
            start.SignalAndWait();
            if (SetAndGet(client.Verbs, number))
            {
                Interlocked.Decrement(ref wrong);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());

        Assert.All(threads, thread => Assert.True(thread.Join(Eventually.Patience)));
        Assert.Equal(0, wrong);
    }

    private static async Task FinishOnTwoThreadsAsync(ITransport transport)
    {
        using var client = new TestClient(transport);
        ThreadPool.GetMinThreads(out var minimum, out var minimumForPorts);
        ThreadPool.GetMaxThreads(out var maximum, out var maximumForPorts);
        Assert.True(ThreadPool.SetMinThreads(2, minimumForPorts));
        Assert.True(ThreadPool.SetMaxThreads(Math.Max(2, Environment.ProcessorCount), maximumForPorts));
        try
        {
            var (left, wrong) = (Callers, 0);
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            for (var number = 0; number < Callers; number++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    caller =>
                    {
                        Interlocked.Add(ref wrong, SetAndGet(client.Verbs, caller) ? 0 : 1);
                        if (Interlocked.Decrement(ref left) == 0)
                        {
                            finished.SetResult();
                        }
                    },
                    number,
                    preferLocal: false);
            }

            await finished.Task.InTime();
            Assert.Equal(0, wrong);
        }
        finally
        {
            ThreadPool.SetMaxThreads(maximum, maximumForPorts);
            ThreadPool.SetMinThreads(minimum, minimumForPorts);
        }
    }

    private static bool SetAndGet(IMemcachedClient client, int number)
    {
        var value = BitConverter.GetBytes(number);
        try
        {
            return BlockingCaller.Run((client, number, value), static async call =>
            {
                await call.client.SetAsync($"key{call.number}", call.value).ConfigureAwait(false);
                var item = await call.client.GetAsync($"key{call.number}").ConfigureAwait(false);
                return item.Value is { } found && found.AsSpan().SequenceEqual(call.value);
            });
        }
        catch (MemcachedException)
        {
            return false;
        }
    }
}
