using System.Text;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Stores;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Client;

/// <summary>Calls over many keys take one round trip: all requests are sent before any reply is there, to all servers.</summary>
public sealed class ManyKeysTests : IDisposable
{
    private readonly Dictionary<string, ScriptedServer> _servers = new(StringComparer.Ordinal) { ["cache-0"] = new(), ["cache-1"] = new() };
    private readonly TestClient _client;

    public ManyKeysTests() => _client = new TestClient(
        new MemcachedOptions { Servers = [MemcachedEndpoint.Tcp("cache-0"), MemcachedEndpoint.Tcp("cache-1")] }, server => _servers[server.Host!]);

    private static string[] Keys => [.. Enumerable.Range(0, 100).Select(i => $"many:{i}")];

    private MemcachedStore Store => new((MemcachedClient)_client.Verbs, CacheMetrics.Unlistened);

    [Fact]
    public async Task Reads_of_the_raw_client() => await AssertOneRoundTripAsync(_client.Verbs.GetManyAsync(Keys).AsTask(), "EN");

    [Fact]
    public async Task Writes_of_the_raw_client() => await AssertOneRoundTripAsync(
        _client.Verbs.SetManyAsync([.. Keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)"x"u8.ToArray()))]).AsTask(), "HD");

    [Fact]
    public async Task Removals_of_the_raw_client() => await AssertOneRoundTripAsync(_client.Verbs.DeleteManyAsync(Keys).AsTask(), "HD");

    [Fact]
    public async Task Reads_of_the_store() => await AssertOneRoundTripAsync(Store.GetManyAsync(Wire, CancellationToken.None).AsTask(), "EN");

    [Fact]
    public async Task Writes_of_the_store() => await AssertOneRoundTripAsync(
        Store.SetManyAsync(Wire.ToArray().Select(key => KeyValuePair.Create(key, new StoreWrite("x"u8.ToArray(), 1))).ToArray(), CancellationToken.None).AsTask(), "HD");

    [Fact]
    public async Task Removals_of_the_store() => await AssertOneRoundTripAsync(Store.RemoveManyAsync(Wire, CancellationToken.None).AsTask(), "HD");

    public void Dispose() => _client.Dispose();

    private static ReadOnlyMemory<ReadOnlyMemory<byte>> Wire => Keys.Select(key => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(key)).ToArray();

    private int Owned(string server) => Keys.Count(key => _client.Verbs.ServerOf(key).StartsWith(server, StringComparison.Ordinal));

    /// <param name="call">A call over <see cref="Keys"/>.</param>
    /// <param name="reply">What a server says to each request; its opaque token follows.</param>
    private async Task AssertOneRoundTripAsync(Task call, string reply)
    {
        foreach (var (name, server) in _servers)
        {
            var own = Owned(name);
            Assert.InRange(own, 1, 99);
            var link = await server.LinkAsync();

            // The last of this server's requests, while no server has said a word.
            await link.SentAsync($" O{own}\r\n");
            Assert.False(call.IsCompleted);
        }

        foreach (var (name, server) in _servers)
        {
            var own = Owned(name);
            (await server.LinkAsync()).Say(Enumerable.Range(1, own).Select(token => $"{reply} O{token}\r\n"));
        }

        await call.InTime();
    }
}
