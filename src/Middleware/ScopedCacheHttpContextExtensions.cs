using Microsoft.AspNetCore.Http;
using ScopedCaching.Scopes;

namespace ScopedCaching;

/// <summary>What can be said about the caches of a request.</summary>
public static class ScopedCacheHttpContextExtensions
{
    /// <summary>
    /// Keeps this request from being cached, from now on: its reads miss, its factories run, its writes are dropped; removals still run. A resolver of customer
    /// keys or session ids can say so too.
    /// </summary>
    public static void BypassScopedCache(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RequestBinding.Of(context).IsBypassed = true;
    }
}
