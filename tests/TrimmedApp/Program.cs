using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using ScopedCaching;
using TrimmedApp;

// An application that uses what the packages offer, published trimmed and without JSON by reflection. It answers itself, over HTTP, prints what came of it, and ends:
//
//   TrimmedApp --urls=http://127.0.0.1:0 --Cache:Servers=<host:port> --Keys=<folder of the DataProtection keys>
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddDataProtection().SetApplicationName("trimmed").PersistKeysToFileSystem(new DirectoryInfo(builder.Configuration["Keys"]!));
builder.Services.AddMemcachedScopedCache();
builder.Services.AddMemcachedCache(static options => options.Json = AccountJson.Default.Options);
builder.Services.AddScopedHybridCache();
builder.Services.AddHealthChecks().AddMemcached();
builder.Services.AddAuthorizationBuilder().AddPolicy("everybody", static policy => policy.RequireAssertion(static _ => true));
builder.Services.AddScoped<Accounts>();

await using var app = builder.Build();
app.Use(static (context, next) =>
{
    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("customer_key", "acme"), new Claim("sub", "ana"), new Claim("sid", "1")], "trimmed"));
    return next();
});
app.UseAuthorization();
app.UseScopedCache();
app.MapGet("/get-or-create/{id}", static async (string id, IScopedCache caches, CancellationToken ct) =>
    Show(await caches.StackCache.GetOrCreateAsync($"account:{id}", _ => Accounts.LoadAsync(id), TimeSpan.FromMinutes(10), ct)));
app.MapGet("/function/{id}", static async (string id, Accounts accounts, CancellationToken ct) => Show(await accounts.FindAsync(id, ct)));
app.MapGet("/hybrid/{id}", static async (string id, HybridCache cache, CancellationToken ct) =>
    Show(await cache.GetOrCreateAsync($"hybrid:{id}", async _ => await Accounts.LoadAsync(id), cancellationToken: ct)));
app.MapGet("/response/{id}", static async (string id) => Show(await Accounts.LoadAsync(id))).OutputCacheStack(TimeSpan.FromMinutes(10));
app.MapGet("/session/{id}", static async (string id, IScopedCache caches, CancellationToken ct) =>
    Show(await caches.SessionCache.GetOrCreateAsync($"account:{id}", _ => Accounts.LoadAsync(id), TimeSpan.FromMinutes(10), ct)));
app.MapGet("/distributed/{id}", static async (string id, IDistributedCache cache, CancellationToken ct) =>
{
    var stored = await cache.GetStringAsync(id, ct);
    if (stored is null)
    {
        stored = Show(await Accounts.LoadAsync(id));
        await cache.SetStringAsync(id, stored, ct);
    }

    return stored;
});
app.MapHealthChecks("/health");
app.MapScopedCacheInspector("/cache", static options => options.AuthorizationPolicy = "everybody");
await app.StartAsync();

var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
using var client = new HttpClient { BaseAddress = new Uri(address) };
client.DefaultRequestHeaders.Host = "trimmed.test";     // responses are apart by host; the port is another one every time
foreach (var way in (string[])["get-or-create", "function", "hybrid", "response", "session", "distributed"])
{
    var before = Accounts.Loads;
    var first = await client.GetStringAsync($"/{way}/1");
    var second = await client.GetStringAsync($"/{way}/1");
    Console.WriteLine($"{way}: loaded {Accounts.Loads - before}, {(string.Equals(first, second, StringComparison.Ordinal) ? first : $"{first} and then {second}")}");
}

Console.WriteLine($"health: {await client.GetStringAsync("/health")}");
using var inspector = await client.GetAsync("/cache/servers");
Console.WriteLine($"inspector: {(int)inspector.StatusCode} {inspector.Content.Headers.ContentType?.MediaType}");
await app.StopAsync();

static string Show(Account account) => JsonSerializer.Serialize(account, AccountJson.Default.Account);
