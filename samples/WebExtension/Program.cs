using Microsoft.AspNetCore.DataProtection;
using WebExtension.Commands;
using WebExtension.Core;
using WebExtension.Endpoints;
using WebExtension.Web;

var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;

// Customer from the claim customer_key, session from the claim sid; the server from CACHE_HOST, or none: then it is embedded.
services.AddMemcachedScopedCache();
services.AddHealthChecks().AddMemcached();
services.AddTelemetryExport(builder.Configuration);

services.AddSingleton(TimeProvider.System);
services.AddSingleton<CoreSystem>();
services.AddScoped<CachedAccounts>();
services.AddSingleton(new TransferLedger(builder.Configuration["CORE_LEDGER"]));
services.AddControllers();
services.AddCookieSignIn();
services.AddAuthorization();

// Cached entries, and sign-in cookies, are sealed under DataProtection: instances that share them share its keys and its application name.
var protection = services.AddDataProtection().SetApplicationName("WebExtension");
if ((builder.Configuration["DataProtection:KeysFolder"] ?? builder.Configuration["DATA_PROTECTION_KEYS"]) is { Length: > 0 } keysFolder)
{
    protection.PersistKeysToFileSystem(new DirectoryInfo(keysFolder));
}

// What a command answers is all that goes to its standard output.
builder.Logging.AddConsole(options => options.LogToStandardErrorThreshold = CacheCommand.IsAskedFor(args) ? LogLevel.Trace : LogLevel.None);

var app = builder.Build();
if (await CacheCommand.TryRunAsync(args, app.Services) is { } exitCode)
{
    await app.DisposeAsync();
    return exitCode;
}

app.UseResponseHeaders();
app.UseDefaultFiles();
app.UseStaticFiles();
app.UseSameOriginOnly();
app.UseAuthentication();
app.UseAuthorization();
app.UseScopedCache();
app.UseCacheHeader();

app.MapSignIn();
app.MapHealthChecks("/health");
app.MapControllers();
app.MapRates();
app.MapStatement();
app.MapCoreCalls();
if (app.Environment.IsDevelopment())
{
    // Answers this machine alone. Elsewhere it needs a policy: MapScopedCacheInspector("/cache", o => o.AuthorizationPolicy = "…").
    app.MapScopedCacheInspector("/cache");
}

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"Open {string.Join(" or ", app.Urls)} in a browser. Ctrl+C stops it."));
await app.RunAsync();
return 0;
