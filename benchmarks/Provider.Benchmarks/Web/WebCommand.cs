using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Provider.Benchmarks.Load;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Web;

/// <summary>Whole responses: requests a second over Kestrel and real loopback sockets, all rows by turns, several times over; then the medians.</summary>
internal static class WebCommand
{
    private const int DefaultRuns = 5;
    private const int Connections = 32;
    private const string InMemory = "ASP.NET Core's output cache, in memory";
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_life = TimeSpan.FromHours(1);

    // Somebody of a customer, signed in at no cost: what is measured is the cache.
    private static readonly ClaimsPrincipal s_user = new(new ClaimsIdentity([new Claim(CustomerResolution.DefaultClaim, "customer-17"), new Claim("sub", "user-4711")], "benchmark"));

    public static async Task RunAsync(Arguments arguments)
    {
        using var server = MemcachedProcess.StartOrUse(arguments.Server);
        await using var uncached = await Site.StartAsync();
        await using var inMemory = await Site.StartAsync(
            static services => services.AddOutputCache(),
            static app => app.UseOutputCache(),
            static endpoint => endpoint.CacheOutput(static policy => policy.Expire(s_life)));
        await using var onMemcached = await StartStackAsync(server, local: null);
        await using var withLocalTier = await StartStackAsync(server, local: s_life);

        List<WebRow> rows =
        [
            new("not cached", InMemory, uncached, isCached: false, Connections),
            new(InMemory, InMemory, inMemory, isCached: true, Connections),
            new("`[OutputCacheStack]`, encrypted on memcached", InMemory, onMemcached, isCached: true, Connections),
            new("the same with the local tier", InMemory, withLocalTier, isCached: true, Connections),
        ];
        rows.RemoveAll(row => !row.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase) && !string.Equals(row.Name, InMemory, StringComparison.Ordinal));
        Machine.Describe(server.Description, $"Kestrel, {Connections} keep-alive connections of HTTP/1.1");
        foreach (var row in rows)
        {
            row.Fill();
            await row.RunAsync(s_warmUp);
            row.GeneratorRuns.Clear();
        }

        for (var run = 0; run < (arguments.Runs ?? DefaultRuns); run++)
        {
            foreach (var row in rows)
            {
                row.Runs.Add(await row.RunAsync(arguments.Duration));
            }

            await Console.Error.WriteLineAsync($"run {run + 1} done, load average {Machine.LoadAverage}");
        }

        WebTable.Print(rows, "in memory");
        rows.ForEach(static row => row.Dispose());
    }

    private static Task<Site> StartStackAsync(MemcachedProcess server, TimeSpan? local) => Site.StartAsync(
        services =>
        {
            services.AddMemcachedScopedCache(options => options.Policies["pages"] = CachePolicy.For(s_life) with { LocalFor = local });
            services.Configure<MemcachedOptions>(options => (options.Prefix, options.Servers) = (local is null ? "web" : "web-local", [server.EndPoint]));

            // A key ring that leaves nothing behind on the machine.
            services.AddDataProtection().UseEphemeralDataProtectionProvider();
        },
        static app => app.Use(static (context, next) =>
        {
            context.User = s_user;
            return next(context);
        }),
        static endpoint => endpoint.OutputCacheStack(static cached => cached.Policy = "pages"));
}
