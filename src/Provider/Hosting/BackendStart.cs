using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Makes a backend of the application's own when the application starts, so that one that cannot be made is an error then and not at the first request; and asks then for names that stand for many servers.
/// </summary>
internal sealed class BackendStart(IOptionsMonitor<MemcachedOptions> options, Action make) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var current = options.CurrentValue;
        if (Backends.KindOf(current) is BackendKind.Distributed or BackendKind.Own || current.Discovery == ServerDiscovery.Dns)
        {
            make();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
