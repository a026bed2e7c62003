using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScopedCaching;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/operations.md.</summary>
public static class OperationsSnippets
{
    public static void HealthChecks(WebApplicationBuilder builder)
    {
        // <readme>
        builder.Services.AddHealthChecks().AddMemcached(failureStatus: HealthStatus.Degraded);
        // </readme>
    }

    public static void HealthEndpoints(WebApplication app)
    {
        // <readme>
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });          // the process answers
        app.MapHealthChecks("/health/ready");                                           // and what it needs; degraded is still 200
        // </readme>
    }

    public static async Task ClearAsync(IScopedCacheFactory factory, CancellationToken ct)
    {
        // <readme>
        await factory.Create("acme").StackCache.ClearAsync(ct);                         // one customer; false: not delivered, so again
        await factory.Create("acme").GetCache("reports").ClearAsync(ct);                // a view of it
        await factory.Create("acme").StackCache.RemoveByTagAsync("accounts", ct);       // what bears a tag
        await factory.Create(customer: null).ServiceCache.ClearAsync(ct);               // the service level
        await factory.Create(customer: null).PurgeServerAsync(ct);                      // everything on all servers, of other applications too
        // </readme>
    }
}
