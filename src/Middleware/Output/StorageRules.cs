using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Output;

/// <summary>Which responses may be stored. Pure; when in doubt, not.</summary>
internal static class StorageRules
{
    // What belongs to the connection or the moment; Set-Cookie is here for who would change the rules below.
    private static readonly HashSet<string> s_neverStored = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.SetCookie, HeaderNames.Date, HeaderNames.Age, HeaderNames.ContentLength, HeaderNames.Connection, HeaderNames.TransferEncoding, HeaderNames.KeepAlive,
        HeaderNames.Upgrade, HeaderNames.Trailer, HeaderNames.TE, HeaderNames.ProxyAuthenticate, HeaderNames.WWWAuthenticate, HeaderNames.AltSvc, HeaderNames.Server,
    };

    /// <summary>What the head of a response says; null when nothing is against it.</summary>
    public static NotStored? Head(int status, IHeaderDictionary headers, PageTerms terms) =>
        status != StatusCodes.Status200OK ? NotStored.Status
        : headers.ContainsKey(HeaderNames.SetCookie) || headers.ContainsKey("Set-Cookie2") ? NotStored.SetCookie
        : Forbids(headers) ? NotStored.CacheControl
        : headers.ContainsKey(HeaderNames.ContentRange) ? NotStored.Partial
        : !CoversVary(headers.Vary, terms) ? NotStored.Vary
        : headers.ContainsKey(HeaderNames.WWWAuthenticate) ? NotStored.Authorization
        : headers.ContentType.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? NotStored.Streamed
        : null;

    /// <summary>The headers that came about while the endpoint ran: what stood there before belongs to this request, and middleware says it again for each.</summary>
    public static KeyValuePair<string, StringValues>[] Own(IHeaderDictionary before, IHeaderDictionary now) =>
        [.. now.Where(header => !s_neverStored.Contains(header.Key) && !(before.TryGetValue(header.Key, out var former) && former.Equals(header.Value)))];

    public static bool Forbids(IHeaderDictionary headers)
    {
        if (Says(headers.Pragma, "no-cache"))
        {
            return true;
        }

        foreach (var line in headers.CacheControl)
        {
            foreach (var part in (line ?? "").Split(','))
            {
                var directive = part.AsSpan().Trim();
                var end = directive.IndexOf('=');
                var name = end >= 0 ? directive[..end].TrimEnd() : directive;
                var value = end >= 0 ? directive[(end + 1)..].Trim().Trim('"') : default;
                if (Is(name, "no-store") || Is(name, "private") || Is(name, "no-cache") || ((Is(name, "max-age") || Is(name, "s-maxage")) && value.TrimStart('0').IsEmpty))
                {
                    return true;
                }
            }
        }

        return false;

        static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
    }

    private static bool CoversVary(StringValues vary, PageTerms terms)
    {
        foreach (var line in vary)
        {
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!terms.Covers(name))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool Says(StringValues values, string word)
    {
        foreach (var line in values)
        {
            if (line is not null && line.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
