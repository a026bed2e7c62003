// <readme>
using ScopedCaching;

// <pause>
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace WebExtension.Tests.Readme;

/// <summary>The README's first program. It runs until it is stopped.</summary>
public static class QuickStart
{
    public static void Run(string[] args, Action<WebApplication> started)
    {
        // </pause>
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddMemcachedScopedCache(o => o.Customer.FromTrustedHeader("X-Customer"));      // so that curl can say who it is; see below
        var app = builder.Build();
        app.UseScopedCache();
        app.MapGet("/time", (IScopedCache caches, CancellationToken ct) =>
            caches.StackCache.GetOrCreateAsync("time", _ => Task.FromResult(DateTimeOffset.UtcNow), TimeSpan.FromMinutes(1), ct));
        // <pause>
        app.Lifetime.ApplicationStarted.Register(() => started(app));
        // </pause>
        app.Run();
        // </readme>
    }
}
