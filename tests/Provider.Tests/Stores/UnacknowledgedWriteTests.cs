using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Stores;

/// <summary>Nobody waits for the reply to a write without acknowledgement: it must not become somebody else's.</summary>
public sealed class UnacknowledgedWriteTests
{
    [Fact]
    public async Task Its_error_is_never_the_next_callers()
    {
        var server = new ScriptedServer();
        using var client = new TestClient(server);
        var store = new MemcachedStore((MemcachedClient)client.Verbs, CacheMetrics.Unlistened);

        Assert.Equal(WriteOutcome.Stored, await store.SetAsync("written"u8.ToArray(), new StoreWrite("value"u8.ToArray(), 1, FireAndForget: true), CancellationToken.None));
        var next = client.Verbs.GetAsync("read").InTime();
        var link = await server.LinkAsync();
        await link.SentAsync("O2");
        link.Say("SERVER_ERROR out of memory storing object\r\n", "VA 4 f0 c1 O2\r\nmine\r\n");

        Assert.Equal("mine"u8.ToArray(), (await next).Value);
    }
}
