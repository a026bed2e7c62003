using System.Net;
using Microsoft.AspNetCore.Http;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>What is allowed, decided when the inspector is mapped.</summary>
/// <param name="IsOpen">There is no policy: it is Development, and only this machine itself may ask.</param>
/// <param name="ReadsValues">Whether values can be read.</param>
/// <param name="WritesValues">Whether values can be set.</param>
/// <param name="MayManageAsync">Whether the one who asks may also see and change what is not their own customer's.</param>
internal sealed record InspectorAccess(bool IsOpen, bool ReadsValues, bool WritesValues, Func<HttpContext, Task<bool>> MayManageAsync)
{
    /// <summary>
    /// Whether the request comes from this machine and was meant for it. The host's name is looked at, because a page elsewhere can have its own name resolve to this machine; and
    /// what a proxy has forwarded comes from somewhere else.
    /// </summary>
    public static bool IsLocal(HttpContext context)
    {
        var host = context.Request.Host.Host;
        var named = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
        var headers = context.Request.Headers;
        return named
            && context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("X-Real-IP");
    }

    /// <summary>
    /// Whether no page of another origin has asked. Browsers say who asks, and no page can forge it; programs do not say it. Of a change the token is what decides; this is the fence
    /// before it. "none" is an address that somebody has typed, or a bookmark: good for a look, and no way to change anything.
    /// </summary>
    public static bool IsSameOrigin(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0 && site is not "same-origin" && !(site is "none" && HttpMethods.IsGet(request.Method)))
        {
            return false;
        }

        // Without the scheme: behind a proxy that ends TLS it is not known.
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Host, request.Host.Host, StringComparison.OrdinalIgnoreCase)
                && (request.Host.Port is { } port ? from.Port == port : from.IsDefaultPort));
    }
}
