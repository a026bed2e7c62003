using Microsoft.Extensions.Caching.Hybrid;

namespace ScopedCaching;

/// <summary>The settings of the <see cref="HybridCache"/> registered by <c>AddScopedHybridCache()</c>. Validated at startup. Not thread-safe; set them at startup.</summary>
public sealed class ScopedHybridCacheOptions
{
    /// <summary>Default options, property by property: a call's own <see cref="HybridCacheEntryOptions"/> take precedence where they are not null.</summary>
    /// <value>The default is null: <see cref="Policy"/> applies, and there are no flags.</value>
    public HybridCacheEntryOptions? DefaultEntryOptions { get; set; }

    /// <summary>
    /// The settings that <see cref="HybridCacheEntryOptions"/> do not have (stale values, refresh ahead, jitter, leases, encryption, tags for every entry), and the expiration and local time
    /// if neither the call nor <see cref="DefaultEntryOptions"/> specifies one.
    /// </summary>
    /// <value>The default is null: <see cref="ScopedCacheOptions.DefaultPolicy"/>, which is 5 minutes, and nothing is kept in the process's memory.</value>
    public CachePolicy? Policy { get; set; }
}
