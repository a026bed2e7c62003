using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/moving.md.</summary>
public static class MovingSnippets
{
    public static void Register(IServiceCollection services)
    {
        // <readme>
        services.AddMemcachedScopedCache();                 // for AddEnyimMemcached(); UseEnyimMemcached() has no successor, and needs none
        // </readme>
    }

    public static async Task<string> GetOrCreateAsync(IScopedCache caches, ReportStore reports, CancellationToken ct)
    {
        // <readme>
        // before: await client.GetValueOrCreateAsync("branches", 600, () => reports.BranchesAsync());
        var branches = await caches.ServiceCache.GetOrCreateAsync("branches", reports.BranchesAsync, TimeSpan.FromSeconds(600), ct);
        // </readme>
        return branches;
    }

    public static async Task<string?> ReadLeftoverAsync(IMemcachedClient client, CancellationToken ct)
    {
        // <readme>
        var item = await client.GetAsync("greeting", ct);                               // ScopedCaching.Memcached.IMemcachedClient
        var text = item is { Found: true, Flags: 274 } ? System.Text.Encoding.UTF8.GetString(item.Value!) : null;
        // </readme>
        return text;
    }

    public static async Task<bool> OfBothAsync(IScopedCache caches, Report report, CancellationToken ct)
    {
        // <readme>
        await caches.StackCache.SetAsync("report", report, TimeSpan.FromSeconds(15), ct);                               // self.stack_cache.set("report", report, expire=15)
        var found = await caches.StackCache.GetOrDefaultAsync("report", new Report("none"), ct);                        // self.stack_cache.get("report", default)
        var draft = await caches.GetCache("drafts").SetAndReturnAsync("report", report, cancellationToken: ct);         // self.get_cache(prefix="drafts").set_and_return(…)
        await caches.SessionCache.RemoveManyAsync(["a", "b", "c"], ct);                                                 // self.session_cache.delete_many(["a", "b", "c"])
        // </readme>
        return Equals(found, draft);
    }

    public static void TwoTiers(IServiceCollection services)
    {
        // <readme>
        services.AddMemcachedScopedCache(o => o.DefaultPolicy = CachePolicy.Local);     // get_django_quickcache(memoize_timeout=10, timeout=5 * 60)
        // </readme>
    }
}

// <readme>
[CacheDefaults(Seconds = 300)]                                                          // inherited = quickcache(timeout=300)
public sealed partial class People(IScopedCache caches, ProfileStore store)
{
    [Cached(VaryOn = ["name"], SkipWhen = "force")]                                     // @inherited(['name'], skip_arg='force')
    public partial Task<Profile> GetByNameAsync(string name, bool force = false, CancellationToken ct = default);

    private Task<Profile> GetByNameUncachedAsync(string name, CancellationToken ct) => store.LoadAsync(name, ct);

    public async Task RenameAsync(string name, CancellationToken ct) =>
        await GetByNameCache.ClearAsync(name, ct);                                      // get_by_name.clear(name)
}
// </readme>
