using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Platform;

/// <summary>One instance of an application in Production, on Kestrel, that uses what the platform keeps in its <c>IDistributedCache</c>.</summary>
internal sealed class PlatformApp : IAsyncDisposable
{
    private static readonly string[] s_commands = ["cmd_get", "cmd_set", "cmd_touch", "delete_hits", "delete_misses"];
    private readonly WebApplication _app;
    private int _running;

    private PlatformApp(WebApplication app) => _app = app;

    /// <summary>What this product and the platform's session logged from the finest level on, and everybody's warnings.</summary>
    public required CapturedLog Log { get; init; }

    public Uri Address => new(_app.Urls.First());

    /// <param name="server">Which cache: the application's own registration comes first.</param>
    /// <param name="keys">Where the DataProtection keys are.</param>
    /// <param name="tempDataInSession">Whether TempData is kept in the session; else in a cookie.</param>
    public static async Task<PlatformApp> StartAsync(Action<IServiceCollection> server, DirectoryInfo keys, bool tempDataInSession = false)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var log = new CapturedLog();
        builder.Logging.ClearProviders().AddProvider(log)
            .AddFilter<CapturedLog>(category: null, LogLevel.Warning)
            .AddFilter<CapturedLog>("ScopedCaching", LogLevel.Trace)
            .AddFilter<CapturedLog>("Microsoft.AspNetCore.Session", LogLevel.Trace);

        var services = builder.Services;
        services.AddMemcachedCache(static options => options.Prefix = "platform").WithPatience();
        server(services);
        services.AddDataProtection().PersistKeysToFileSystem(keys).SetApplicationName("platform");
        services.AddSession();
        services.AddAntiforgery();
        var mvc = services.AddControllersWithViews();
        if (tempDataInSession)
        {
            mvc.AddSessionStateTempDataProvider();
        }

        var app = builder.Build();
        var instance = new PlatformApp(app) { Log = log };
        app.Use(instance.CountAsync);
        app.UseSession();
        app.MapGet("/nothing", static () => "nothing");
        app.MapGet("/look", static (HttpContext context) => Count(context));
        app.MapGet("/load", static async (HttpContext context) =>
        {
            await context.Session.LoadAsync();
            return Count(context);
        });
        app.MapPost("/count", static (HttpContext context) =>
        {
            context.Session.SetInt32("count", (context.Session.GetInt32("count") ?? 0) + 1);
            return Count(context);
        });
        app.MapControllers();
        await app.StartAsync();
        return instance;
    }

    /// <summary>
    /// How many commands its server has executed, whoever asked, once the requests have ended: a session is stored and refreshed when the answer is out already.
    /// </summary>
    public async Task<long> CommandsAsync()
    {
        await Eventually.TrueAsync(() => Volatile.Read(ref _running) == 0);
        var statistics = await _app.Services.GetRequiredService<IMemcachedClient>().StatsAsync();
        long Of(string name) => long.Parse(statistics[name], CultureInfo.InvariantCulture);

        // The real one counts each meta command as what it does, and none as cmd_meta.
        return Of("cmd_meta") is > 0 and var commands ? commands : s_commands.Sum(Of);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static string Count(HttpContext context) => context.Session.GetInt32("count")?.ToString(CultureInfo.InvariantCulture) ?? "nothing";
}

/// <summary>A browser that goes from one instance to the other, and keeps its cookies: they belong to a host, whatever its port.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClient _client;

    public Visitor()
    {
        // The client disposes the handler.
        var handler = new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false };
        _client = new HttpClient(handler);
    }

    public CookieContainer Cookies { get; } = new();

    public async Task<string> GetAsync(PlatformApp app, string path)
    {
        using var response = await _client.GetAsync(new Uri(app.Address, path));
        return await TextAsync(response);
    }

    public async Task<string> PostAsync(PlatformApp app, string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(static field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await _client.PostAsync(new Uri(app.Address, path), content);
        return await TextAsync(response);
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> TextAsync(HttpResponseMessage response) =>
        response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : $"{(int)response.StatusCode}";
}

/// <summary>TempData and antiforgery, as MVC offers them.</summary>
[Route("platform")]
public sealed class PlatformController(IAntiforgery antiforgery) : Controller
{
    [HttpPost("note")]
    public string Leave(string text)
    {
        TempData["note"] = text;
        return "left";
    }

    [HttpGet("note")]
    public string Take() => TempData["note"] as string ?? "nothing";

    [HttpGet("note/peek")]
    public string Peek() => TempData.Peek("note") as string ?? "nothing";

    [HttpGet("form")]
    public string Form() => antiforgery.GetAndStoreTokens(HttpContext).RequestToken!;

    [HttpPost("form"), ValidateAntiForgeryToken]
    public string Post(string text) => text;

    [HttpGet("provider")]
    public string Provider([FromServices] ITempDataProvider provider) => provider.GetType().Name;
}
