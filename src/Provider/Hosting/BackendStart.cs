using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Makes a backend of the application's own when the application starts, so that one that cannot be made is an error then and not at the first request.
/// </summary>
internal sealed class BackendStart(IOptionsMonitor<MemcachedOptions> options, Action make) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Backends.KindOf(options.CurrentValue) is BackendKind.Distributed or BackendKind.Own)
        {
            make();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
