using Microsoft.AspNetCore.Http;
using ScopedCaching.Scopes;

namespace ScopedCaching;

/// <summary>Controls the caches of a request.</summary>
public static class ScopedCacheHttpContextExtensions
{
    /// <summary>
    /// Excludes the rest of this request from caching: reads miss, factories run, and writes are dropped; removals still run. A resolver of customer
    /// keys or session ids can also call this.
    /// </summary>
    public static void BypassScopedCache(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RequestBinding.Of(context).IsBypassed = true;
    }
}
