using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Asks the server for its version. A DataProtection key ring that is not shared is a fault of the set-up that only this tells.</summary>
internal sealed class MemcachedHealthCheck(CacheGraph graph) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var version = await graph.Client.VersionAsync(cancellationToken).ConfigureAwait(false);
            return graph.ForeignKeyRingSeen
                ? HealthCheckResult.Degraded("Entries were sealed under a DataProtection key ring that this process does not have; they read as misses.")
                : HealthCheckResult.Healthy($"memcached {version}");
        }
        catch (MemcachedException fault)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, fault.Message);
        }
    }
}
