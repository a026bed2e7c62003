using System.Globalization;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Doubles;

/// <summary>Several embedded servers, each of which can go away and come back with what it holds.</summary>
internal sealed class EmbeddedServers : IDisposable
{
    private readonly EmbeddedMemcached[] _servers;
    private readonly SwitchedTransport[] _transports;

    public EmbeddedServers(int count = 3, TimeProvider? clock = null)
    {
        _servers = [.. Enumerable.Range(0, count).Select(_ => new EmbeddedMemcached(timeProvider: clock))];
        _transports = [.. _servers.Select(server => new SwitchedTransport(server.Transport))];
        Endpoints = [.. _servers.Select((server, number) => MemcachedEndpoint.Of(server, string.Create(CultureInfo.InvariantCulture, $"cache-{number}")))];
    }

    public MemcachedEndpoint[] Endpoints { get; }

    public EmbeddedMemcached this[int index] => _servers[index];

    public MemcachedOptions Options(OnDeadServer onDeadServer = OnDeadServer.Miss) => new() { Servers = [.. Endpoints], OnDeadServer = onDeadServer };

    /// <summary>A client of all of them.</summary>
    public TestClient Client(OnDeadServer onDeadServer = OnDeadServer.Miss, TimeProvider? clock = null, bool keysAreSealed = false) =>
        new(Options(onDeadServer), TransportOf, clock, keysAreSealed);

    public ITransport TransportOf(MemcachedEndpoint endpoint) => _transports[Math.Max(0, Array.FindIndex(Endpoints, known => ReferenceEquals(known.InProcess, endpoint.InProcess)))];

    public int IndexOf(string server) => Array.FindIndex(Endpoints, known => known.Host.Equals(server, StringComparison.Ordinal));

    /// <summary>The server answers nobody; what it holds stays.</summary>
    public void Stop(int index)
    {
        _transports[index].Refuses = true;
        _servers[index].CloseConnections();
    }

    public void Restart(int index) => _transports[index].Refuses = false;

    /// <summary>The same, and waits until the client's node says so.</summary>
    public async Task StopAsync(int index, TestClient client)
    {
        Stop(index);
        var key = KeyOf(index, client);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await client.Servers.Nodes[index].ExecuteAsync<bool>(
                    new ScopedCaching.Memcached.Protocol.MetaRequest { Verb = ScopedCaching.Memcached.Protocol.Verb.Get, Key = key }, wantsArray: false, CancellationToken.None);
            }
            catch (MemcachedConnectionException)
            {
                // As it should.
            }

            return client.Servers.Nodes[index].IsDown;
        });
    }

    /// <summary>A key that belongs to a server.</summary>
    public static string NameOf(int index, TestClient client, string prefix = "key") =>
        Enumerable.Range(0, 10_000).Select(number => string.Create(CultureInfo.InvariantCulture, $"{prefix}:{number}"))
            .First(key => client.Verbs.ServerOf(key).Equals(client.Servers.Nodes[index].Name, StringComparison.Ordinal));

    public void Dispose() => Array.ForEach(_servers, static server => server.Dispose());

    private static byte[] KeyOf(int index, TestClient client) => System.Text.Encoding.ASCII.GetBytes(NameOf(index, client));

    private sealed class SwitchedTransport(ITransport inner) : ITransport
    {
        public volatile bool Refuses;

        public ILink Connect(TimeSpan timeout) => Refuses ? throw new IOException("Connection refused.") : inner.Connect(timeout);
    }
}
