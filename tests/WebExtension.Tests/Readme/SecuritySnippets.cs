using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/security.md that is nowhere else.</summary>
public static class SecuritySnippets
{
    public static void Rotate(IServiceProvider services)
    {
        // <readme>
        var keys = services.GetRequiredService<IKeyManager>();                          // Microsoft.AspNetCore.DataProtection.KeyManagement
        keys.CreateNewKey(DateTimeOffset.UtcNow.AddDays(2), DateTimeOffset.UtcNow.AddDays(92));
        // </readme>
    }

    public static void Revoke(IServiceProvider services, Guid stolen)
    {
        // <readme>
        var keys = services.GetRequiredService<IKeyManager>();
        keys.RevokeKey(stolen, "stolen");                                               // one key, by its id
        keys.RevokeAllKeys(DateTimeOffset.UtcNow, "stolen");                            // or all that were made until now
        // </readme>
    }

    public static async Task<bool> ForgetAsync(IScopedCacheFactory factory, CancellationToken ct)
    {
        // <readme>
        var caches = factory.Create("acme");                                            // factory: an IScopedCacheFactory
        var cleared = await caches.StackCache.ClearAsync(ct);                           // false: not delivered, so again
        // </readme>
        return cleared;
    }
}
