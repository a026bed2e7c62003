using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
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
}

/// <summary>The README's code, compiled. What stands between the markers is compared with its fences, character by character.</summary>
public static class Snippets
{
    public static WebApplication QuickStart(string[] args, Action<WebApplicationBuilder> alsoForTheTest)
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
