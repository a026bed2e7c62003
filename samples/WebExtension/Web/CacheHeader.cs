using ScopedCaching;

namespace WebExtension.Web;

public static class CacheHeader
{
    /// <summary>Tells what the cache did: <c>X-Cache: stack; hit; 312</c>, the number in microseconds. One value for each read.</summary>
    public static void UseCacheHeader(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        context.Response.OnStarting(static state => Write((HttpContext)state), context);
        return next(context);
    });

    private static Task Write(HttpContext context)
    {
        foreach (var operation in context.Features.Get<IScopedCacheFeature>()?.Operations ?? [])
        {
            if (operation.Kind is CacheOperationKind.Get or CacheOperationKind.GetOrCreate)
            {
                var outcome = operation.Outcome == CacheOperationOutcome.Hit ? "hit" : "miss";
                var level = operation.Level.ToString().ToLowerInvariant();
                context.Response.Headers.Append("X-Cache", $"{level}; {outcome}; {(long)operation.Elapsed.TotalMicroseconds}");
            }
        }

        return Task.CompletedTask;
    }
}
