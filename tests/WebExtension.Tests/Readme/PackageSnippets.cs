using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Tests.Readme;

/// <summary>The code of the packages' own READMEs, compiled.</summary>
public static class PackageSnippets
{
    public static void Provider(WebApplicationBuilder builder)
    {
        // <readme>
        builder.Services.AddMemcachedCache();           // Cache:Servers, or CACHE_HOST and CACHE_PORT; in Development an embedded memcached, until one is named
        // </readme>
    }

    public static void Scopes(string[] args)
    {
        // <readme>
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddAuthentication("Cookies").AddCookie();           // or whatever gives your users the claim customer_key
        builder.Services.AddAuthorization();
        builder.Services.AddMemcachedScopedCache();                          // Cache:Servers, or CACHE_HOST and CACHE_PORT; in Development an embedded memcached, until one is named
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseScopedCache();

        // The customer's own: one factory at a time in the whole fleet, whatever the number of callers.
        app.MapGet("/report", (IScopedCache caches, CancellationToken ct) =>
            caches.StackCache.GetOrCreateAsync("report", _ => Task.FromResult($"made at {DateTimeOffset.Now}"), TimeSpan.FromMinutes(10), ct)).RequireAuthorization();

        // The whole response, apart for each customer.
        app.MapGet("/branches", () => $"listed at {DateTimeOffset.Now}").OutputCacheStack(TimeSpan.FromMinutes(5)).RequireAuthorization();
        app.Run();
        // </readme>
    }
}

// <readme>
public sealed class VisitorCounter(IMemcachedClient memcached)
{
    public async Task<ulong> CountAsync(string page, CancellationToken ct)
    {
        await memcached.AddAsync($"visits:{page}", "0"u8.ToArray(), TimeSpan.FromDays(1), cancellationToken: ct);       // only when there is none
        return await memcached.IncrementAsync($"visits:{page}", cancellationToken: ct) ?? 0;
    }
}
// </readme>

// <readme>
public sealed partial class ExchangeRates(IScopedCache caches)
{
    [Cached(Seconds = 600, Level = StorageLevel.Service)]
    public partial Task<decimal> RateAsync(string currency, CancellationToken ct = default);

    private Task<decimal> RateUncachedAsync(string currency, CancellationToken ct) => Task.FromResult(currency is "EUR" ? 1m : 1.25m);
}
// </readme>
