using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ScopedCaching.Output;

/// <summary>Answers a request with a stored response.</summary>
internal static class PageAnswer
{
    // RFC 9110, 15.4.5: what a 304 repeats of a 200.
    private static readonly string[] s_ofNotModified =
        [HeaderNames.CacheControl, HeaderNames.ContentLocation, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Vary];

    public static async ValueTask<Sent> SendAsync(HttpContext context, CachedPage page, DateTimeOffset now)
    {
        var response = context.Response;
        var isKnown = IsKnown(context.Request.Headers, page);
        response.StatusCode = isKnown ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;
        foreach (var (name, value) in page.Headers)
        {
            if (!isKnown || Array.Exists(s_ofNotModified, known => known.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                response.Headers[name] = value;
            }
        }

        var age = Math.Max(0, (now - page.CreatedAt).Ticks / TimeSpan.TicksPerSecond);
        response.Headers.Age = age.ToString(CultureInfo.InvariantCulture);
        if (isKnown)
        {
            return Sent.NotModified;
        }

        response.ContentLength = page.Body.Length;
        if (page.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
        {
            try
            {
                await response.BodyWriter.WriteAsync(page.Body, context.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody is there to read the rest.
                context.Abort();
                return Sent.Interrupted;
            }
        }

        return Sent.Whole;
    }

    /// <summary>RFC 9110, 13.2.2: entity tags count before dates.</summary>
    private static bool IsKnown(IHeaderDictionary request, CachedPage page)
    {
        if (request.IfNoneMatch is { Count: > 0 } wanted)
        {
            return wanted.Count == 1 && wanted[0] is "*"
                || (EntityTagHeaderValue.TryParse(Header(page, HeaderNames.ETag), out var own) && EntityTagHeaderValue.TryParseList(wanted, out var tags)
                    && tags.Any(tag => tag.Compare(own, useStrongComparison: false)));
        }

        return request.IfModifiedSince is { Count: 1 } since
            && HeaderUtilities.TryParseDate(since.ToString(), out var date)
            && HeaderUtilities.TryParseDate(Header(page, HeaderNames.LastModified), out var modified)
            && modified <= date;
    }

    private static string? Header(CachedPage page, string name) =>
        Array.Find(page.Headers, header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>How an answer ended.</summary>
internal enum Sent
{
    Whole,

    /// <summary>The client had it already.</summary>
    NotModified,

    /// <summary>The client went away; what was being sent may be in use still.</summary>
    Interrupted,
}
