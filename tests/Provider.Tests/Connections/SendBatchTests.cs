using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Connections;

/// <summary>What a call over many keys costs: few sends, few turns, and nothing allocated for a key but its value.</summary>
public sealed class SendBatchTests : IDisposable
{
    private readonly EmbeddedServers _servers = new();
    private readonly string[] _keys = [.. Enumerable.Range(0, 100).Select(static number => $"key:{number:D4}")];
    private int _sends;

    public void Dispose() => _servers.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_hundred_keys_are_sent_to_each_server_at_once(int servers)
    {
        using var client = await ClientAsync(servers);
        _sends = 0;

        Assert.Equal(100, (await client.Verbs.GetManyAsync(_keys)).Count);

        Assert.InRange(_sends, servers, 2 * servers);
    }

    [Fact]
    public async Task A_blocked_callers_keys_are_sent_at_once_too()
    {
        using var client = await ClientAsync(3);
        _sends = 0;

        await Task.Factory.StartNew(
            () => BlockingCall.Run(_keys, keys => client.Verbs.GetManyAsync(keys)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.InRange(_sends, 3, 6);
    }

    [Fact]
    public async Task Who_asked_for_many_goes_on_on_a_thread_of_the_pool_and_never_on_the_readers()
    {
        using var client = await ClientAsync(3);
        await Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await client.Verbs.GetManyAsync(_keys);
                Assert.NotEqual("memcached receiver", Thread.CurrentThread.Name, StringComparer.Ordinal);
            }
        });
    }

    [Fact]
    public async Task What_is_asked_after_many_is_sent_at_once()
    {
        using var client = await ClientAsync(1);
        await client.Verbs.GetManyAsync(_keys);
        await Assert.ThrowsAsync<MemcachedClientException>(async () => await client.Verbs.GetManyAsync(["key:0001", ""]));

        Assert.True((await client.Verbs.GetAsync("key:0001").InTime()).Found);
    }

    private async Task<TestClient> ClientAsync(int servers)
    {
        var options = new MemcachedOptions { Servers = [.. _servers.Endpoints[..servers]] };
        var client = new TestClient(options, server => new CountingTransport(_servers.TransportOf(server), this));
        await client.Verbs.SetManyAsync([.. _keys.Select(static key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)new byte[100]))]);
        return client;
    }

    private sealed class CountingTransport(ITransport inner, SendBatchTests test) : ITransport
    {
        public ILink Connect(TimeSpan timeout) => new CountingLink(inner.Connect(timeout), test);
    }

    private sealed class CountingLink(ILink inner, SendBatchTests test) : ILink
    {
        public int Receive(Span<byte> buffer, TimeSpan patience) => inner.Receive(buffer, patience);

        public void Send(ReadOnlySpan<byte> bytes)
        {
            Interlocked.Increment(ref test._sends);
            inner.Send(bytes);
        }

        public void Dispose() => inner.Dispose();
    }
}
