using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Provider.Benchmarks.Web;

/// <summary>An application on Kestrel and a loopback port of its own that answers pages of 10 KB, and counts how many it rendered.</summary>
internal sealed class Site : IAsyncDisposable
{
    /// <summary>How many pages there are.</summary>
    public const int Pages = 64;

    /// <summary>How large a page is.</summary>
    public const int PageSize = 10 << 10;

    private static readonly byte[][] s_pages = [.. Enumerable.Range(0, Pages).Select(PageOf)];
    private readonly WebApplication _app;
    private long _rendered;

    private Site(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.First()).Port;

    public long Rendered => Volatile.Read(ref _rendered);

    /// <param name="services">What the application registers.</param>
    /// <param name="pipeline">What stands before its endpoint.</param>
    /// <param name="endpoint">What is said of its endpoint.</param>
    public static async Task<Site> StartAsync(Action<IServiceCollection>? services = null, Action<WebApplication>? pipeline = null, Action<IEndpointConventionBuilder>? endpoint = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        var site = new Site(app);
        pipeline?.Invoke(app);
        var route = app.MapGet("/page/{number}", site.RenderAsync);
        endpoint?.Invoke(route);
        await app.StartAsync();
        return site;
    }

    /// <summary>The request for a page, as a browser that keeps its connection sends it.</summary>
    public static byte[] RequestOf(int page) => Encoding.ASCII.GetBytes($"GET /page/{page} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // Nothing to render: the least that a page of this size can cost.
    private Task RenderAsync(HttpContext context)
    {
        Interlocked.Increment(ref _rendered);
        var page = s_pages[int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture)];
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = page.Length;
        return context.Response.Body.WriteAsync(page, 0, page.Length, context.RequestAborted);
    }

    private static byte[] PageOf(int number)
    {
        var text = new StringBuilder($"<!doctype html>\n<title>Page {number}</title>\n");
        for (var line = 0; text.Length < PageSize; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<p>Line {line} of page {number}: {(line * 7919) + number} of {number * 104_729}</p>\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, PageSize - "</html>\n".Length) + "</html>\n");
    }
}
