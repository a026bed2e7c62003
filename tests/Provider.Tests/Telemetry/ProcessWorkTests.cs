using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Hosting;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Telemetry;

/// <summary>What the process does for itself stands in nobody's trace and logging scopes, though a request was the first to need it.</summary>
public sealed class ProcessWorkTests
{
    private readonly FakeClock _clock = new();
    private readonly ConcurrentQueue<string?> _seen = new();

    [Fact]
    public void The_search_for_servers()
    {
        var options = new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("headless")], Discovery = ServerDiscovery.Dns };
        using var pool = RequestFlow.Of("acme", () => new ServerPool(
            new ChangingOptions(options),
            static current => [.. current.Servers],
            static (_, _) => throw new InvalidOperationException("There are none."),
            new ServiceNames(_ => Seen<IPAddress[]>([]), NullLogger.Instance),
            _clock));

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["acme", null, null], _seen, StringComparer.Ordinal);
    }

    [Fact]
    public void The_file_of_the_embedded_server()
    {
        var folder = Directory.CreateTempSubdirectory("local-file");
        using var server = new EmbeddedMemcached(timeProvider: _clock);
        var log = new FlowLog();
        using var file = RequestFlow.Of("acme", () => new LocalFile(server, Path.Combine(folder.FullName, "entries"), new EphemeralDataProtectionProvider(), _clock, log));
        folder.Delete(recursive: true);

        _clock.Advance(LocalFile.Period);

        Assert.Equal([null], log.Customers, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Removals_that_a_store_is_owed()
    {
        var store = new DictionaryStore { Removing = static _ => throw new IOException("It is away.") };
        var journaled = new JournaledStore(store);
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(() => journaled.RemoveAsync("key"u8.ToArray(), version: null, CancellationToken.None).AsTask());
        store.Removing = _ => Seen(0);

        await RequestFlow.Of("acme", () => journaled.GetAsync("other"u8.ToArray(), withValue: true, CancellationToken.None).InTime());

        Assert.Equal([null], _seen, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Removals_that_former_servers_are_owed()
    {
        var store = new DictionaryStore { Removing = static _ => throw new IOException("They are away.") };
        var former = new FormerServers(store, static () => true, _clock, CacheMetrics.Unlistened, NullLogger.Instance);
        await former.RemoveAsync(["key"u8.ToArray()], tells: true);
        store.Removing = _ => Seen(0);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await RequestFlow.Of("acme", () => former.GetAsync("other"u8.ToArray(), CancellationToken.None).InTime());

        Assert.Equal([null], _seen, StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_listener_of_the_embedded_server()
    {
        using var server = new EmbeddedMemcached(timeProvider: new SeenClock(() => Seen(0)));
        var address = RequestFlow.Of("acme", () => server.ListenTcp());
        _seen.Clear();

        using var client = new TcpClient();
        await client.ConnectAsync(address, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("ms key 1 T60\r\nx\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await client.GetStream().ReadAsync(new byte[16], TestContext.Current.CancellationToken));

        Assert.NotEmpty(_seen);
        Assert.All(_seen, Assert.Null);
    }

    private T Seen<T>(T result)
    {
        _seen.Enqueue(RequestFlow.Customer);
        return result;
    }

    private sealed class SeenClock(Action seen) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            seen();
            return base.GetUtcNow();
        }

        public override long GetTimestamp()
        {
            seen();
            return base.GetTimestamp();
        }
    }
}
