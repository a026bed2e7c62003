using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Connections;

[Collection(nameof(Alone))]
public sealed class ConnectionCostTests
{
    private const int ValueLength = 100;
    private const int Callers = 16;
    private const int ReadsPerCaller = 1_000;

    [Fact]
    public async Task A_get_allocates_next_to_nothing_beyond_its_value()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var client = new TestClient(new SocketTransport("127.0.0.1", server.Port, Eventually.Patience));
        await client.Verbs.SetAsync("key", new byte[ValueLength]);
        var verbs = (MemcachedClient)client.Verbs;
        await ReadAsync(verbs);

        // The best of a few runs: what the runtime allocates for itself meanwhile (new pool threads, tiering) is not the get's.
        var perGet = long.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await ReadAsync(verbs);
            perGet = Math.Min(perGet, (GC.GetTotalAllocatedBytes(precise: true) - before) / (Callers * ReadsPerCaller));
        }

        Assert.True(perGet - ValueLength <= 150, $"{perGet} bytes a get of {ValueLength}");
    }

    private static Task ReadAsync(MemcachedClient client) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var read = 0; read < ReadsPerCaller; read++)
            {
                // Without the async method of a verb around it: compiled for debugging, that one would allocate.
                var reply = await client.ReadAsync<Reply>("key", Wanted.Value, wantsArray: true, touch: null, CancellationToken.None);
                if (reply.ValueLength != ValueLength)
                {
                    Assert.Fail("Another value.");
                }
            }
        }))).InTime();
}
