using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Asks the backend, memcached for its version, and says which backend it is. A DataProtection key ring that is not shared is a fault of the set-up that only this tells.
/// </summary>
internal sealed class MemcachedHealthCheck(CacheGraph graph) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var answer = await graph.AskBackendAsync(cancellationToken).ConfigureAwait(false);
            return graph.ForeignKeyRingSeen
                ? HealthCheckResult.Degraded("Entries were sealed under a DataProtection key ring that this process does not have; they read as misses.", data: Data())
                : HealthCheckResult.Healthy(answer, Data());
        }
        catch (Exception fault) when (fault is MemcachedException or IOException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, fault.Message, data: Data());
        }
    }

    private Dictionary<string, object> Data() => new(StringComparer.Ordinal) { ["backend"] = graph.Backend };
}
