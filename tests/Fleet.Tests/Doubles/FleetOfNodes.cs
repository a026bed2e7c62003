using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;

namespace Fleet.Tests.Doubles;

/// <summary>Processes of one application, with a memcached and DataProtection keys that they share. When it is disposed none of them runs any more.</summary>
public sealed class FleetOfNodes : IAsyncDisposable
{
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("fleet-keys-");
    private readonly List<NodeProcess> _nodes = [];
    private int _customers;

    private FleetOfNodes(RealMemcachedServer server) => Server = server;

    public RealMemcachedServer Server { get; }

    public static async Task<FleetOfNodes> StartAsync(int nodes = 4)
    {
        var fleet = new FleetOfNodes(await RealMemcachedServer.StartAsync());
        try
        {
            // The ring has its key before any node looks, so that no two make one each.
            DataProtectionProvider.Create(fleet._keys, static builder => builder.SetApplicationName("fleet")).CreateProtector("first").Protect([]);
            for (var i = 0; i < nodes; i++)
            {
                fleet.Launch(fleet.Server.Port);
            }

            await Task.WhenAll(fleet._nodes.Select(node => node.Ready)).InTime();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more, which reaches the server through another port.</summary>
    public async Task<NodeProcess> JoinAsync(int port)
    {
        var node = Launch(port);
        await node.Ready.InTime();
        return node;
    }

    /// <summary>The caches of a customer that no other test has, one on each node.</summary>
    public NodeCache[] NewCustomer()
    {
        var customer = $"customer-{Interlocked.Increment(ref _customers)}";
        return [.. _nodes.Select(node => new NodeCache(node, customer))];
    }

    public async ValueTask DisposeAsync()
    {
        _nodes.ForEach(node => node.Dispose());
        await Server.DisposeAsync();
        _keys.Delete(recursive: true);
    }

    private NodeProcess Launch(int port)
    {
        var node = NodeProcess.Start($"n{_nodes.Count}", $"{Server.Host}:{port}", _keys.FullName);
        _nodes.Add(node);
        return node;
    }
}

/// <summary>Four nodes for all tests that do not kill or stop any.</summary>
public sealed class SharedFleet : IAsyncLifetime
{
    private FleetOfNodes? _fleet;

    public FleetOfNodes Fleet => _fleet ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public async ValueTask InitializeAsync() => _fleet = await FleetOfNodes.StartAsync();

    public ValueTask DisposeAsync() => _fleet?.DisposeAsync() ?? ValueTask.CompletedTask;
}
