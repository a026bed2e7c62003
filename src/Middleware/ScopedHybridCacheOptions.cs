using Microsoft.Extensions.Caching.Hybrid;

namespace ScopedCaching;

/// <summary>The settings of the <see cref="HybridCache"/> that <c>AddScopedHybridCache()</c> gives. Validated at startup. Not thread-safe; set them at startup.</summary>
public sealed class ScopedHybridCacheOptions
{
    /// <summary>What calls leave open, property by property: a call's own <see cref="HybridCacheEntryOptions"/> win where they are not null.</summary>
    /// <value>The default is null: <see cref="Policy"/> decides, and there are no flags.</value>
    public HybridCacheEntryOptions? DefaultEntryOptions { get; set; }

    /// <summary>
    /// All that <see cref="HybridCacheEntryOptions"/> have no word for (stale answers, refresh ahead, jitter, leases, encryption, tags of every entry), and the expiration and local time
    /// where neither a call nor <see cref="DefaultEntryOptions"/> gives one.
    /// </summary>
    /// <value>The default is null: <see cref="ScopedCacheOptions.DefaultPolicy"/>, which is 5 minutes, and nothing in the process's memory.</value>
    public CachePolicy? Policy { get; set; }
}
