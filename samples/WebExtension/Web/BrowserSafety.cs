using Microsoft.Extensions.Primitives;
using ScopedCaching;

namespace WebExtension.Web;

public static class BrowserSafety
{
    /// <summary>
    /// Refuses changes that a page of another origin asks for. The sign-in cookie is SameSite=Strict, so such a request comes without it; but sites
    /// that share a registrable domain (and other ports of localhost) count as the same site, and a sign-in needs no cookie to do harm.
    /// Browsers send <c>Origin</c> with every POST and PUT, and no page can forge it; programs send none.
    /// </summary>
    public static void UseSameOriginOnly(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        var origin = request.Headers.Origin.ToString();
        if (reads || origin.Length == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>
    /// The page loads nothing from elsewhere, and browsers keep no copy of an answer: except of pages that the server caches, because what says <c>no-store</c> is not stored there
    /// either. Of those a browser may keep a copy, and asks each time whether it is still right, by its <c>ETag</c>.
    /// </summary>
    public static void UseResponseHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        context.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpContext)state).Response.Headers;
                if (StringValues.IsNullOrEmpty(headers.ContentSecurityPolicy))
                {
                    // The inspector has a stricter one of its own.
                    headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
                }

                headers.XContentTypeOptions = "nosniff";
                if (((HttpContext)state).GetEndpoint()?.Metadata.GetMetadata<OutputCacheStackAttribute>() is null)
                {
                    headers.CacheControl = "no-store";
                }

                return Task.CompletedTask;
            },
            context);
        return next(context);
    });
}
