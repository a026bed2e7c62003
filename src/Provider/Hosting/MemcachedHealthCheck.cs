using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Asks the backend, memcached for its version, and says which backend it is. A DataProtection key ring that is not shared is a fault of the set-up that only this tells, and so is a link
/// that the server or we refuse: the description says what to change.
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
            var data = Data();
            data["fault"] = fault.GetType().Name;
            return new HealthCheckResult(context.Registration.FailureStatus, fault.Message, data: data);
        }
    }

    private Dictionary<string, object> Data() => new(StringComparer.Ordinal) { ["backend"] = graph.Backend };
}
