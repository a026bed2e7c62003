using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Tests.Readme;

public sealed record Report(string Title);

public sealed record StoredAccount(string Id);

public sealed class AccountStore
{
    public int Loads { get; private set; }

    public Task<StoredAccount> LoadAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Loads++;
        return Task.FromResult(new StoredAccount(id));
    }

    public Task<IReadOnlyDictionary<string, string>> NamesAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Loads++;
        return Task.FromResult<IReadOnlyDictionary<string, string>>(ids.ToDictionary(static id => id, static id => "name of " + id, StringComparer.Ordinal));
    }

    public Task<string> RatesAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Loads++;
        return Task.FromResult("1.25");
    }
}

public sealed class ReportStore
{
    private int _renders;

    public int Renders => _renders;

    public Task<string> BranchesAsync(CancellationToken cancellationToken) => RenderAsync(cancellationToken);

    public Task<string> StatementAsync(CancellationToken cancellationToken) => RenderAsync(cancellationToken);

    public Task<string> OfUserAsync(string? user, CancellationToken cancellationToken) => RenderAsync(cancellationToken);

    private Task<string> RenderAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult($"rendered {Interlocked.Increment(ref _renders)}");
    }
}

/// <summary>The README's code, compiled. What stands between the markers is compared with its fences, character by character.</summary>
public static class Snippets
{
    public static WebApplication WithUsers(string[] args, Action<WebApplicationBuilder> alsoForTheTest)
    {
        // <readme>
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddAuthentication("Cookies").AddCookie("Cookies");   // or whatever gives your users the claims customer_key and sid
        builder.Services.AddAuthorization();
        builder.Services.AddMemcachedScopedCache();
        // <pause>
        alsoForTheTest(builder);
        // </pause>
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseScopedCache();
        app.MapGet("/accounts/{id}", (string id, IScopedCache caches, AccountStore store, CancellationToken ct) =>
            caches.StackCache.GetOrCreateAsync($"account:{id}", token => store.LoadAsync(id, token), TimeSpan.FromMinutes(10), ct)).RequireAuthorization();
        // </readme>
        return app;
    }

    public static void SignIn(WebApplication app)
    {
        // <readme>
        app.MapPost("/sign-in", (HttpContext context) => context.SignInAsync(new ClaimsPrincipal(new ClaimsIdentity(
        [
            new Claim("customer_key", "acme"),                      // whose data this user may see
            new Claim("sid", Guid.NewGuid().ToString("N")),         // another one for each sign-in
            new Claim(ClaimTypes.NameIdentifier, "ana"),
        ], "Cookies"))));
        // </readme>
    }

    public static void Claims(IServiceCollection services)
    {
        // <readme>
        services.AddMemcachedScopedCache(o =>
        {
            o.Customer.FromClaim("institution");
            o.Session.FromAspNetSession();
        });
        // </readme>
    }

    public static async Task<(CacheResult<Report> Found, RemoveOutcome Removal, ulong? Visits)> OperationsAsync(IScopedCache caches, Report report, CancellationToken ct)
    {
        // <readme>
        var policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { SlidingExpiration = TimeSpan.FromMinutes(2) };
        await caches.StackCache.SetAsync("report", report, policy, ct);
        var found = await caches.StackCache.TryGetAsync<Report>("report", ct);          // found.Found tells a stored null from a miss
        var removal = await caches.StackCache.RemoveAsync("report", ct);                // Undelivered: it may still be there
        await caches.GetCache("drafts", StorageLevel.Session).SetAsync("report", report, TimeSpan.FromHours(1), ct);
        var visits = await caches.ServiceCache.IncrementAsync("visits", cancellationToken: ct);
        // </readme>
        return (found, removal, visits);
    }

    public static async Task<bool> CompanionAsync(Profiles profiles, User user, CancellationToken ct)
    {
        // <readme>
        var profile = await profiles.GetProfileAsync(user, ct: ct);                     // from the cache, or from GetProfileUncachedAsync
        await profiles.GetProfileCache.ClearAsync(user, ct);                            // the next call runs the body
        await profiles.GetProfileCache.SetAsync(user, profile, ct);                     // as if it had returned this
        var cached = await profiles.GetProfileCache.TryGetAsync(user, ct);              // never runs the body
        profile = await profiles.GetProfileCache.RefreshAsync(user, ct);                // runs it and stores, as force: true does
        // </readme>
        return cached.Found && profile is not null;
    }

    public static void CachedService(IServiceCollection services)
    {
        // <readme>
        services.AddCached<IPhoneBook, PhoneBook>();
        // </readme>
    }

    public static async Task<(StoredAccount Account, Dictionary<string, string?> Names)> FleetAsync(
        IScopedCache caches, AccountStore store, string id, string[] ids, CancellationToken ct)
    {
        // <readme>
        var policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with
        {
            StaleFor = TimeSpan.FromMinutes(5),         // past its time one caller refreshes, the others get the stale value; so does everybody for a second after the factory failed
            LocalFor = TimeSpan.FromSeconds(10),        // kept in this process, too; then asked for by its version, and fetched only when it changed
            Tags = [$"customer:{id}"],
        };
        var account = await caches.StackCache.GetOrCreateAsync(CacheKey.Of($"account:{id}"), token => store.LoadAsync(id, token), policy, ct);
        await caches.StackCache.RemoveByTagAsync($"customer:{id}", ct);         // one write, however many values; other processes' memory follows after LocalFor
        await caches.StackCache.ClearAsync(ct);                                 // all of this customer's, and nobody else's; one write, too
        var names = await caches.StackCache.GetOrCreateManyAsync(ids, store.NamesAsync, policy, ct);                    // one read, one call for what is missing
        await caches.StackCache.UpdateAsync<int>("visits", old => old.ValueOr(0) + 1, cancellationToken: ct);           // concurrent updates are not lost; a server that is down drops them: see Found
        // </readme>
        return (account, names);
    }

    public static async Task<string> BackgroundAsync(IScopedCache caches, CancellationToken ct)
    {
        // <readme>
        var rates = await caches.ServiceCache.GetOrCreateAsync(
            "rates",
            (context, services, token) => services.GetRequiredService<AccountStore>().RatesAsync(token),
            CachePolicy.For(TimeSpan.FromMinutes(1)) with { RefreshAhead = TimeSpan.FromSeconds(20) },                  // refreshed in the background
            ct);
        // </readme>
        return rates;
    }

    public static void Hybrid(IServiceCollection services)
    {
        // <readme>
        services.AddScopedHybridCache(StorageLevel.Stack, o => o.DefaultEntryOptions = new() { Expiration = TimeSpan.FromMinutes(10) });
        // </readme>
    }

    public static void Responses(WebApplication app)
    {
        // <readme>
        app.MapGet("/branches", (ReportStore reports, CancellationToken ct) => reports.BranchesAsync(ct)).OutputCacheStack(TimeSpan.FromMinutes(5));
        // </readme>
        // <readme>
        app.MapGet("/statement", (ReportStore reports, CancellationToken ct) => reports.StatementAsync(ct))
            .OutputCacheStack(TimeSpan.FromMinutes(5), page =>
            {
                page.VaryByUser = true;                                 // without it: the same response for all users of a customer
                page.VaryByQuery = ["month"];                           // without it: the whole query counts
                page.Tags = ["statements"];
            })
            .RequireAuthorization();
        // </readme>
    }

    public static async Task EvictAsync(IOutputCacheStackEviction eviction, CancellationToken ct)
    {
        // <readme>
        await eviction.EvictAsync(cancellationToken: ct);                               // all responses of the request's customer
        await eviction.EvictByTagAsync(["statements"], cancellationToken: ct);          // those with a tag
        await eviction.EvictByEndpointAsync("/accounts/{id}", cancellationToken: ct);   // those of an endpoint, all variants
        await eviction.For("acme").EvictAsync(cancellationToken: ct);                   // another customer's, also outside requests
        // </readme>
    }

    public static void PlatformOutputCache(IServiceCollection services)
    {
        // <readme>
        services.AddMemcachedOutputCache();                                             // instead of AddOutputCache(), or after it
        // </readme>
    }

    public static void Inspector(WebApplication app)
    {
        // <readme>
        app.MapScopedCacheInspector("/cache", o =>
        {
            o.AuthorizationPolicy = "operators";        // who may look, and act for their own customer
            o.ManagePolicy = "cache-managers";          // who may also see and bust what is not their own customer's
        });
        // </readme>
    }

    public static WebApplication InspectorWithPolicies(WebApplicationBuilder builder)
    {
        // <readme>
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("operators", policy => policy.RequireRole("operator"))
            .AddPolicy("cache-managers", policy => policy.RequireRole("cache-manager"));
        var app = builder.Build();
        app.MapScopedCacheInspector("/cache", o =>
        {
            o.AuthorizationPolicy = "operators";
            o.ManagePolicy = "cache-managers";          // beyond the former
            o.AllowReadingValues = true;                // one's own customer's, never another's
        });
        // </readme>
        return app;
    }

    public static void SeveralCaches(IServiceCollection services)
    {
        // <readme>
        services.AddKeyedMemcachedCache("reports", o => o.Timeout = TimeSpan.FromSeconds(2));
        services.AddHealthChecks().AddKeyedMemcached("reports");                    // called memcached-reports
        // </readme>
    }

    public static void Health(IServiceCollection services)
    {
        // <readme>
        services.AddHealthChecks().AddMemcached(failureStatus: HealthStatus.Degraded);      // or, of a cache with a name, AddKeyedMemcached("reports")
        // </readme>
    }

    public static void KeyRing(IServiceCollection services)
    {
        // <readme>
        services.AddDataProtection()
            .SetApplicationName("my-bank")
            .PersistKeysToFileSystem(new DirectoryInfo("/var/lib/my-bank/keys"));       // or any other PersistKeysTo…, shared by all instances
        // </readme>
    }

    public static void ProtectedKeyRing(IServiceCollection services, X509Certificate2 certificate)
    {
        // <readme>
        services.AddDataProtection()
            .SetApplicationName("my-bank")                                              // the same in all instances
            .PersistKeysToFileSystem(new DirectoryInfo("/var/lib/my-bank/keys"))        // a place all instances share
            .ProtectKeysWithCertificate(certificate);                                   // keys at rest are plain text without this
        // </readme>
    }

    public static void AnotherVendorsCache(IServiceCollection services)
    {
        // <readme>
        services.AddDistributedCacheBackend(s => s.AddDistributedMemoryCache());    // your vendor's: s.AddStackExchangeRedisCache(…)
        // </readme>
    }

    public static void ProviderOnly(IServiceCollection services)
    {
        // <readme>
        services.AddMemcachedCache(o => o.Servers = [MemcachedEndpoint.Parse("memcached.internal:11211")]);
        // </readme>
    }
}

public sealed record User(string Id);

public sealed record Profile(string Name);

public sealed class ProfileStore
{
    public int Loads { get; private set; }

    public Task<Profile> LoadAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Loads++;
        return Task.FromResult(new Profile(id));
    }
}

// <readme>
public sealed partial class Profiles(IScopedCache caches, ProfileStore store)
{
    [Cached(Seconds = 600, VaryOn = ["user.Id"], SkipWhen = "force")]
    public partial Task<Profile> GetProfileAsync(User user, bool force = false, CancellationToken ct = default);

    private Task<Profile> GetProfileUncachedAsync(User user, CancellationToken ct) => store.LoadAsync(user.Id, ct);
}
// </readme>

// <readme>
public interface IPhoneBook
{
    [Cached(Seconds = 600, VaryOn = ["user.Id"])]
    Task<Profile> FindAsync(User user, CancellationToken ct = default);
}
// </readme>

public sealed class PhoneBook(ProfileStore store) : IPhoneBook
{
    public Task<Profile> FindAsync(User user, CancellationToken ct) => store.LoadAsync(user.Id, ct);
}

// <readme>
public sealed class NightlyReports(IScopedCacheFactory caches)
{
    public async Task PublishAsync(string customer, Report report, CancellationToken ct) =>
        await caches.Create(customer).StackCache.SetAsync("report", report, TimeSpan.FromHours(12), ct);
}
// </readme>

// <readme>
[ApiController, Route("reports")]
public sealed class ReportsController(ReportStore reports) : ControllerBase
{
    [HttpGet, OutputCacheStack(Seconds = 60, VaryByUser = true, Tags = ["reports"])]
    public Task<string> List(CancellationToken ct) => reports.OfUserAsync(User.Identity?.Name, ct);
}
// </readme>

// <readme>
public sealed class AccountReader(HybridCache cache, AccountStore store)
{
    public ValueTask<StoredAccount> ReadAsync(string id, CancellationToken ct) =>
        cache.GetOrCreateAsync($"account:{id}", async token => await store.LoadAsync(id, token), tags: ["accounts"], cancellationToken: ct);
}
// </readme>

// <readme>
public sealed class ReportPages([FromKeyedServices("reports")] IDistributedCache cache)
{
    public Task<byte[]?> FindAsync(string name, CancellationToken ct) => cache.GetAsync(name, ct);
}
// </readme>

// <readme>
public sealed class Greetings(IDistributedCache cache)
{
    public Task KeepAsync(string text, CancellationToken ct) =>
        cache.SetStringAsync("greeting", text, new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(5) }, ct);
}
// </readme>

public sealed class ReportTests
{
    // <readme>
    [Fact]
    public async Task A_report_is_seen_by_its_own_customer_only()
    {
        await using var caches = ScopedCacheTesting.Create(customer: "acme", session: "1");
        await new NightlyReports(caches.Factory).PublishAsync("acme", new Report("May"), CancellationToken.None);

        Assert.Equal(new Report("May"), await caches.StackCache.GetAsync<Report>("report"));
        Assert.Null(await caches.Factory.Create("birch").StackCache.GetAsync<Report>("report"));
    }
    // </readme>
}
