using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Provider.Tests.RealMemcached;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Output;

/// <summary>One instance of an application on Kestrel whose pages say for whom, and for which values, they were rendered.</summary>
internal sealed class MatrixSite : IAsyncDisposable
{
    public const string UserHeader = "X-Who";
    public const string VariedHeader = "X-Varied";
    private readonly WebApplication _app;
    private readonly HttpClient _client;
    private readonly ConcurrentQueue<string> _rendered;

    private MatrixSite(WebApplication app, ConcurrentQueue<string> rendered)
    {
        (_app, _rendered) = (app, rendered);
        _client = new HttpClient(new SocketsHttpHandler { UseCookies = false });

        // The name that all instances are known by: pages of two hosts are two pages.
        _client.DefaultRequestHeaders.Host = "matrix.example";
    }

    public HttpClient Client => _client;

    public static async Task<MatrixSite> StartAsync(RealMemcachedServer server, IDataProtectionProvider ring, MatrixPeople people, ConcurrentQueue<string> rendered)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMemcachedScopedCache();
        builder.Services.Replace(ServiceDescriptor.Singleton(ring));
        builder.Services.Configure<MemcachedOptions>(options =>
        {
            options.Prefix = "matrix";
            options.Servers = [MemcachedEndpoint.Tcp(server.Host, server.Port)];

            // The machine may be busy: nothing here is about being fast.
            options.Timeout = TimeSpan.FromSeconds(30);
        });
        var app = builder.Build();
        var site = new MatrixSite(app, rendered);
        app.Use((context, next) =>
        {
            context.User = people.PrincipalOf(context.Request.Headers[UserHeader].ToString());
            return next(context);
        });
        foreach (var page in MatrixPage.All)
        {
            app.MapGet(page.Pattern, site.RenderAsync).WithMetadata(page, page.Attribute);
        }

        await app.StartAsync();
        site._client.BaseAddress = new Uri(app.Urls.First());
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private async Task RenderAsync(HttpContext context)
    {
        var page = context.GetEndpoint()!.Metadata.GetRequiredMetadata<MatrixPage>();
        var rendering = Rendering.Of(context, page);
        _rendered.Enqueue(rendering.Variant(page));

        // Rendering takes a moment, so that others ask meanwhile; and what the moment is does not matter.
        await Task.Delay(1 + (rendering.Size % 4), context.RequestAborted);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(rendering), context.RequestAborted);
    }
}

/// <summary>What a page was rendered for: all that any page varies by. Absent, empty, once and twice differ.</summary>
internal sealed record Rendering(
    string Page, string Customer, string User, string Session, string[] Roles, string[] Claims, string[] Query, string? Header, string Route, string Padding)
{
    public int Size => Padding.Length;

    public static Rendering Of(HttpContext context, MatrixPage page)
    {
        var (user, request) = (context.User, context.Request);
        var query = request.Query["q"].Select(static value => value!).ToArray();
        return new Rendering(
            page.Name,
            user.FindFirstValue("customer_key")!,
            user.FindFirstValue("sub")!,
            user.FindFirstValue("sid")!,
            [.. user.FindAll(ClaimTypes.Role).Select(static claim => claim.Value).Order(StringComparer.Ordinal)],
            [.. user.FindAll("region").Select(static claim => claim.Value).Order(StringComparer.Ordinal)],
            query,
            request.Headers[MatrixSite.VariedHeader],
            (string)request.RouteValues["value"]!,
            new string('x', (user.FindFirstValue("sub")!.Length * 97) + (query.Length * 31)));
    }

    /// <summary>Of all that, what counts for the page, as text that no two different ones share.</summary>
    public string Variant(MatrixPage page) => JsonSerializer.Serialize(new object?[]
    {
        Page,
        page.Varies.HasFlag(Varies.Customer) ? Customer : null,
        page.Varies.HasFlag(Varies.User) ? User : null,
        page.Varies.HasFlag(Varies.Session) ? Session : null,
        page.Varies.HasFlag(Varies.Roles) ? Roles : null,
        page.Varies.HasFlag(Varies.Claim) ? Claims : null,
        page.Varies.HasFlag(Varies.Query) ? Query : null,
        page.Varies.HasFlag(Varies.Header) ? Header : null,
        Route,
    });
}

[Flags]
internal enum Varies
{
    None = 0,
    Customer = 1,
    User = 2,
    Session = 4,
    Roles = 8,
    Claim = 16,
    Query = 32,
    Header = 64,
}

/// <summary>A page, what it says of its caching, and what must therefore keep its responses apart.</summary>
internal sealed record MatrixPage(string Name, OutputCacheStackAttribute Attribute, Varies Varies)
{
    private static readonly string[] s_query = ["q"];
    private static readonly string[] s_header = [MatrixSite.VariedHeader];
    private static readonly string[] s_claim = ["region"];

    public static IReadOnlyList<MatrixPage> All { get; } =
    [
        new("customer", new() { Seconds = 3600, VaryByQuery = [] }, Varies.Customer),
        new("query", new() { Seconds = 3600, VaryByQuery = s_query }, Varies.Customer | Varies.Query),
        new("whole", new() { Seconds = 3600 }, Varies.Customer | Varies.Query),
        new("header", new() { Seconds = 3600, VaryByQuery = [], VaryByHeader = s_header }, Varies.Customer | Varies.Header),
        new("route", new() { Seconds = 3600, VaryByQuery = [], VaryByRoute = ["value"] }, Varies.Customer),
        new("user", new() { Seconds = 3600, VaryByQuery = [], VaryByUser = true }, Varies.Customer | Varies.User),
        new("roles", new() { Seconds = 3600, VaryByQuery = [], VaryByRoles = true }, Varies.Customer | Varies.Roles),
        new("claim", new() { Seconds = 3600, VaryByQuery = [], VaryByClaim = s_claim }, Varies.Customer | Varies.Claim),
        new("session", new() { Seconds = 3600, VaryByQuery = [], Level = StorageLevel.Session }, Varies.Customer | Varies.User | Varies.Session),
        new("service", new() { Seconds = 3600, VaryByQuery = s_query, Level = StorageLevel.Service }, Varies.Query),
        new("stale", new() { Seconds = 3600, StaleFor = 60, VaryByQuery = s_query, VaryByRoles = true, Tags = ["tag"] }, Varies.Customer | Varies.Query | Varies.Roles),
        new(
            "all",
            new() { Seconds = 3600, VaryByQuery = s_query, VaryByHeader = s_header, VaryByRoute = ["value"], VaryByUser = true, VaryByRoles = true, VaryByClaim = s_claim },
            Varies.Customer | Varies.User | Varies.Roles | Varies.Claim | Varies.Query | Varies.Header),
    ];

    public string Pattern => $"/{Name}/{{value}}";
}
