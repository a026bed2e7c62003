using ScopedCaching;
using WebExtension.Core;

namespace WebExtension.Endpoints;

public static class RatesEndpoints
{
    private static readonly CachePolicy s_rates = CachePolicy.For(TimeSpan.FromMinutes(1));

    /// <summary>Exchange rates are the same for every customer: one asks the core system, all are served.</summary>
    public static void MapRates(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/rates", (IScopedCache caches, CoreSystem core, CancellationToken cancellationToken) =>
                caches.ServiceCache.GetOrCreateAsync("rates", core, static (it, token) => it.LoadRatesAsync(token), s_rates, cancellationToken))
            .RequireAuthorization();

    /// <summary>How often the core system was really asked, by this instance.</summary>
    public static void MapCoreCalls(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/core/calls", (CoreSystem core) => core.Calls).RequireAuthorization();
}
