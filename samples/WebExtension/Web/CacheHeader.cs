using System.Diagnostics;
using ScopedCaching;

namespace WebExtension.Web;

public static class CacheHeader
{
    /// <summary>Tells what the cache did: <c>X-Cache: stack; hit; 312</c>, the number in microseconds. One value for each read, or one for a page that is cached as a whole.</summary>
    public static void UseCacheHeader(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var started = Stopwatch.GetTimestamp();
        context.Response.OnStarting(() => Write(context, started));
        return next(context);
    });

    private static Task Write(HttpContext context, long started)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OutputCacheStackAttribute>() is { } page)
        {
            // Only a page from the cache has an age.
            Append(context, page.Level, context.Response.Headers.ContainsKey("Age"), Stopwatch.GetElapsedTime(started));
            return Task.CompletedTask;
        }

        foreach (var operation in context.Features.Get<IScopedCacheFeature>()?.Operations ?? [])
        {
            if (operation.Kind is CacheOperationKind.Get or CacheOperationKind.GetOrCreate)
            {
                Append(context, operation.Level, operation.Outcome == CacheOperationOutcome.Hit, operation.Elapsed);
            }
        }

        return Task.CompletedTask;
    }

    private static void Append(HttpContext context, StorageLevel level, bool isHit, TimeSpan elapsed) =>
        context.Response.Headers.Append("X-Cache", $"{level.ToString().ToLowerInvariant()}; {(isHit ? "hit" : "miss")}; {(long)elapsed.TotalMicroseconds}");
}
